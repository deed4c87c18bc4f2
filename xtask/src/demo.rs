//! `cargo xtask demo`: shows formevent at work.

use std::fs;
use std::net::TcpListener;

use clap::Args;

use crate::{Error, Run, Target, root, tool, worker};

#[derive(Args)]
pub(crate) struct Demo {
    /// Serve the page on http://127.0.0.1:PORT/
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Put the function of examples/lambda behind the worker, or that of examples/lambda-http
    ///
    /// The second one takes the shapes proxy-v1 and proxy-v2.
    #[arg(long)]
    lambda: bool,
    /// Give the events this shape, one of those in shapes/
    #[arg(long, value_name = "NAME")]
    shape: Option<String>,
    /// Send the events to this target and print each that arrives
    ///
    /// Moto stands in for AWS. With --lambda, the function gets the events from there.
    #[arg(long, value_name = "NAME")]
    target: Option<Target>,
    /// Convert some forms in this terminal instead
    #[arg(long, conflicts_with_all = ["port", "lambda", "shape", "target"])]
    native: bool,
}

impl Demo {
    pub(crate) fn run(self) -> Result<(), Error> {
        if self.native {
            return native();
        }
        let shape = self.shape.as_deref();
        let target = self.target.filter(|target| *target != Target::Lambda);
        let has_function = self.lambda || self.target == Some(Target::Lambda);
        let package = match shape {
            _ if !has_function => None,
            None | Some("template") => Some("contact-form"),
            Some("proxy-v1" | "proxy-v2") => Some("contact-form-http"),
            Some(other) => {
                let allowed = "template (the default), proxy-v1 and proxy-v2";
                return Err(format!(
                    "no function takes the shape {other}: with a function, --shape can be {allowed}"
                )
                .into());
            }
        };
        if let Some(shape) = shape {
            check(shape)?;
        }
        let port = self.port;
        TcpListener::bind(("127.0.0.1", port))
            .map_err(|error| format!("port {port}: {error}; choose another one with --port"))?;
        eprintln!(
            "The first time, this takes some minutes: tools from npm, then the module, the package, the worker."
        );
        worker()?;
        let mut demo = Run::new("node").words("tests/worker/demo.js --port").arg(port.to_string());
        // The function of examples/lambda gets the event as it is without SHAPE, which has the request's id.
        if let Some(shape) = shape.filter(|_| package != Some("contact-form")) {
            demo = demo.arg("--shape").arg(shape);
        }
        if package.is_some() {
            demo = demo.env("CARGO_LAMBDA", tool::cargo_lambda()?);
        }
        if let Some(target) = target {
            demo = demo.arg("--target").arg(target.name()).env("MOTO_PYTHON", tool::moto()?);
        }
        demo.instead()
    }
}

/// Checks that there is such a shape.
fn check(shape: &str) -> Result<(), Error> {
    let mut names = Vec::new();
    for file in fs::read_dir(root().join("shapes"))? {
        names.extend(file?.path().file_stem().map(|name| name.display().to_string()));
    }
    names.sort();
    if names.iter().any(|name| name == shape) {
        return Ok(());
    }
    Err(format!("there is no shape {shape}: --shape can be one of {}", names.join(", ")).into())
}

const CONTACT: &str = "name=Ada+Lovelace&email=ada%40example.com&subject=Engine&\
                       message=Dear+Mr.+Babbage%2C%0D%0Ais+%22it%22+ready%3F";

/// A title, the options of the command, and a body.
const FORMS: [(&str, &[&str], &str); 6] = [
    (
        "A contact form, by the template's rules: nothing is decoded",
        &["--header", "Origin: https://www.example.com", "--stage", "prod"],
        CONTACT,
    ),
    (
        "The same, decoded",
        &["--header", "Origin: https://www.example.com", "--stage", "prod", "--decode"],
        CONTACT,
    ),
    (
        "A Slack slash command, decoded",
        &["--header", "X-Slack-Request-Timestamp: 1531420618", "--decode"],
        "team_id=T0001&team_domain=example&channel_id=C2147483705&channel_name=test&\
         user_id=U2147483697&user_name=steve&command=%2Fweather&text=94070&\
         response_url=https%3A%2F%2Fhooks.example.com%2Fcommands%2F1234%2F5678",
    ),
    (
        "A payment notification with several items, decoded and grouped",
        &["--decode", "--duplicates", "group"],
        "txn_id=61E67681CH3238416&payment_status=Completed&mc_gross=19.95&mc_currency=USD&\
         item_name=Tea+%26+scones&item_name=Postage&payer_email=ada%40example.com&custom=",
    ),
    (
        "Japanese text, by the URL Standard",
        &["--pairs", "--rules", "whatwg", "--decode"],
        "%E5%90%8D%E5%89%8D=%E5%B1%B1%E7%94%B0+%E5%A4%AA%E9%83%8E&\
         %E8%B3%AA%E5%95%8F=%E3%81%84%E3%81%A4%E3%81%A7%E3%81%99%E3%81%8B%EF%BC%9F",
    ),
    (
        "Fields that the template drops without a word",
        &["--dropped"],
        "id=42&subscribe&token=dG9rZW4=&=orphan&note=",
    ),
];

fn native() -> Result<(), Error> {
    Run::new("cargo").words("build --locked -p formevent-cli").now()?;
    for (title, options, body) in FORMS {
        println!("\n\n== {title}");
        let formevent = Run::new(root().join("target/debug/formevent"));
        let formevent = options.iter().fold(formevent, Run::arg).arg(body);
        print!("\n{}", formevent.read()?);
    }
    println!("\n\nTry your own: cargo run -- --dropped 'name=Ada&note=&a=b=c'");
    Ok(())
}
