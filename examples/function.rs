//! The function behind the form: reads the event.
//!
//! Try `cargo run -q --example gateway | cargo run -q --example function`.

use formevent::ReceivedEvent;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let event: ReceivedEvent = serde_json::from_reader(std::io::stdin())?;
    println!("request {}", event.extra("requestId").unwrap_or("without an id"));
    println!("from {} by {}", event.source_ip, event.header("user-agent").unwrap_or("nobody"));
    println!("name: {}", event.get("name").ok_or("the form has no name")?);
    for topic in event.get_all("topic") {
        println!("topic: {topic}");
    }
    Ok(())
}
