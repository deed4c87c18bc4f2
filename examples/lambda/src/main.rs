//! The function behind a contact form: it stores each form as one line of JSON, however often its
//! event arrives. README.md explains how to run and deploy it.

mod contact;
mod store;

use std::env;
use std::future;
use std::io::{self, Write};
use std::path::Path;

use formevent::ReceivedEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn};

use contact::Contact;
use store::{Answer, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let mut function = Function::from_env()?;
    // Lambda hands an instance one event at a time, so blocking the runtime holds nothing up.
    lambda_runtime::run(service_fn(|event| future::ready(function.handle(event)))).await
}

/// An instance of the function.
struct Function {
    store: Store,
    decode: bool,
    log_events: bool,
}

impl Function {
    /// Reads the settings from the environment.
    fn from_env() -> Result<Function, Error> {
        let store = match env::var_os("CONTACTS_FILE") {
            Some(path) => Store::open(Path::new(&path))?,
            None => Store::stdout(),
        };
        Ok(Function {
            store,
            decode: flag("DECODE", true)?,
            log_events: flag("LOG_EVENTS", false)?,
        })
    }

    /// Stores the form in `event`. An error makes Lambda call again, so a form with mistakes in it
    /// is not an error.
    fn handle(&mut self, event: LambdaEvent<ReceivedEvent>) -> Result<Answer, Error> {
        let LambdaEvent { payload, context } = event;
        if self.log_events {
            writeln!(io::stdout(), "{}", serde_json::to_string(&payload)?)?;
        }
        // Lambda's own id stays the same if Lambda calls again, but not if the sender does.
        let id = payload.extra("requestId").filter(|id| !id.is_empty());
        let id = id.unwrap_or(&context.request_id);
        Ok(self.store.add(&Contact::new(id, &payload, self.decode))?)
    }
}

/// Reads the environment variable `name` as a boolean.
fn flag(name: &str, default: bool) -> Result<bool, String> {
    match env::var_os(name) {
        None => Ok(default),
        Some(value) if value == "true" => Ok(true),
        Some(value) if value == "false" => Ok(false),
        Some(value) => Err(format!("{name} must be `true` or `false`, not `{}`", value.display())),
    }
}
