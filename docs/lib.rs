//! Tests the Rust snippets of the book.

macro_rules! chapters {
    ($($name:ident $file:literal)+) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($file)]
            struct $name;
        )+
    };
}

chapters! {
    Index "src/index.md"
    FromATemplate "src/from-a-template.md"
    Rules "src/rules.md"
    RepeatedKeys "src/repeated-keys.md"
    Typed "src/typed.md"
    Shapes "src/shapes.md"
    Multipart "src/multipart.md"
    Frameworks "src/frameworks.md"
    Streams "src/streams.md"
    Webhooks "src/webhooks.md"
    Performance "src/performance.md"
    Worker "src/worker.md"
    RustAtTheEdge "src/rust-at-the-edge.md"
    Security "src/security.md"
    Design "src/design.md"
}
