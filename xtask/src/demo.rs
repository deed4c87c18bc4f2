//! `cargo xtask demo`: the job on bodies as they come, for people to look at.

use formevent::{Duplicates, Event, Options, Rules};

use crate::Error;

struct Post {
    title: &'static str,
    body: &'static str,
    headers: &'static [(&'static str, &'static str)],
    options: Options,
}

const TYPE: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

const POSTS: [Post; 6] = [
    Post {
        title: "A contact form, by the template's rules: nothing is decoded",
        body: "name=Ada+Lovelace&email=ada%40example.com&subject=Engine&\
               message=Dear+Mr.+Babbage%2C%0D%0Ais+%22it%22+ready%3F",
        headers: &[("Host", "api.example.com"), TYPE, ("Origin", "https://www.example.com")],
        options: Options::new(),
    },
    Post {
        title: "The same, decoded",
        body: "name=Ada+Lovelace&email=ada%40example.com&subject=Engine&\
               message=Dear+Mr.+Babbage%2C%0D%0Ais+%22it%22+ready%3F",
        headers: &[("Host", "api.example.com"), TYPE, ("Origin", "https://www.example.com")],
        options: Options::new().decode(true),
    },
    Post {
        title: "A Slack slash command, decoded",
        body: "team_id=T0001&team_domain=example&channel_id=C2147483705&channel_name=test&\
               user_id=U2147483697&user_name=steve&command=%2Fweather&text=94070&\
               response_url=https%3A%2F%2Fhooks.example.com%2Fcommands%2F1234%2F5678&\
               trigger_id=13345224609.738474920.8088930838d88f008e0",
        headers: &[TYPE, ("X-Slack-Request-Timestamp", "1531420618")],
        options: Options::new().decode(true),
    },
    Post {
        title: "A payment notification with several items, decoded and grouped",
        body: "txn_id=61E67681CH3238416&payment_status=Completed&mc_gross=19.95&mc_currency=USD&\
               item_name=Tea+%26+scones&item_name=Postage&payer_email=ada%40example.com&custom=",
        headers: &[TYPE],
        options: Options::new().decode(true).duplicates(Duplicates::Group),
    },
    Post {
        title: "Japanese text, by the URL Standard",
        body: "%E5%90%8D%E5%89%8D=%E5%B1%B1%E7%94%B0+%E5%A4%AA%E9%83%8E&\
               %E8%B3%AA%E5%95%8F=%E3%81%84%E3%81%A4%E3%81%A7%E3%81%99%E3%81%8B%EF%BC%9F",
        headers: &[TYPE],
        options: Options::new().rules(Rules::Whatwg).decode(true),
    },
    Post {
        title: "Fields that the template drops without a word",
        body: "id=42&subscribe&token=dG9rZW4=&=orphan&note=",
        headers: &[TYPE],
        options: Options::new(),
    },
];

pub(crate) fn run() -> Result<(), Error> {
    for post in &POSTS {
        println!("\n== {}\n\n{}\n", post.title, post.body);
        let event = Event::new(post.body.as_bytes())
            .options(post.options)
            .headers(post.headers.iter().copied())
            .stage("prod")
            .source_ip("192.0.2.1")
            .user_agent("Mozilla/5.0");
        println!("{}", serde_json::to_string_pretty(&event)?);
        for dropped in event.dropped() {
            println!("dropped: {dropped}");
        }
    }
    println!("\nTry your own: cargo run --release -- --dropped 'name=Ada&note=&a=b=c'");
    Ok(())
}
