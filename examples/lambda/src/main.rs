//! The function behind a contact form: each form becomes one line of JSON, however often its event
//! arrives. README.md tells how it is run and deployed.

mod contact;
mod store;

use std::env;
use std::future;
use std::io::{self, Write};
use std::path::Path;

use formevent::EventBuf;
use lambda_runtime::{Error, LambdaEvent, service_fn};

use contact::Contact;
use store::{Answer, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let mut function = Function::from_env()?;
    // Lambda hands an instance one event at a time, so nothing else has to go on meanwhile.
    lambda_runtime::run(service_fn(|event| future::ready(function.handle(event)))).await
}

/// An instance of the function, as its environment sets it up.
struct Function {
    store: Store,
    decode: bool,
    log_events: bool,
}

impl Function {
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

    /// An error makes Lambda try again, so there is none where that would not help.
    fn handle(&mut self, event: LambdaEvent<EventBuf>) -> Result<Answer, Error> {
        let LambdaEvent { payload, context } = event;
        if self.log_events {
            writeln!(io::stdout(), "{}", serde_json::to_string(&payload)?)?;
        }
        // Lambda's own id stays the same when Lambda tries again, but not when the sender does.
        let id = payload.extra("requestId").filter(|id| !id.is_empty());
        let id = id.unwrap_or(&context.request_id);
        Ok(self.store.add(&Contact::new(id, &payload, self.decode))?)
    }
}

/// What the environment variable `name` says.
fn flag(name: &str, default: bool) -> Result<bool, String> {
    match env::var_os(name) {
        None => Ok(default),
        Some(value) if value == "true" => Ok(true),
        Some(value) if value == "false" => Ok(false),
        Some(value) => Err(format!("{name} takes `true` or `false`, not `{}`", value.display())),
    }
}
