//! One function for each target: compares the crate with the model for one input.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::IgnoredAny;

use crate::case::Case;
use crate::document::document;
use crate::model::{Event, Options, Rules};
use crate::subject::Unfit;
use crate::{model, multipart, oracle, oracle_multipart, subject};

fn same<T: PartialEq + Debug>(actual: T, expected: T, options: &Options, case: &Case<'_>) {
    assert!(
        actual == expected,
        "\n  actual: {actual:?}\nexpected: {expected:?}\n options: {options:?}\n    body: {case:?}"
    );
}

/// Compares a whole body's segments, its object within limits, and the body as one JSON string.
pub fn object(data: &[u8]) {
    let Some(case) = Case::read(data) else { return };
    let body = case.body;
    let options = case.limited(|lenient| model::object(body, lenient).unwrap().len());
    let (actual, expected) =
        (subject::split(body, options.rules), model::split(body, options.rules));
    same(actual, expected, &options, &case);

    let mut out = b"before".to_vec();
    let written = subject::append_object(body, &options, &mut out);
    let added = String::from_utf8_lossy(&out).into_owned();
    let expected = model::object(body, &options);
    let expected_out = format!("before{}", expected.as_deref().unwrap_or_default());
    same((written, added), (expected.map(drop), expected_out), &options, &case);

    let mut out = Vec::new();
    subject::append_string(body, &mut out);
    let expected = model::string(&String::from_utf8_lossy(body)).into_bytes();
    same(out, expected, &options, &case);
}

/// Compares the event as it is written, as serde writes it, and after reading it back.
pub fn event(data: &[u8]) {
    let Some(case) = Case::read(data) else { return };
    let mut numbers = case.numbers.clone();
    let body = case.body;
    // 20 headers and 4 extra members are more than the crate keeps without an allocation.
    let many = *numbers.pick(&[0, 1, 3, 20]);
    let mut pairs = |most: usize| -> Vec<_> {
        let count = numbers.below(most + 1);
        (0..count).map(|_| (numbers.part(body), numbers.part(body))).collect()
    };
    let (headers, extra) = (pairs(many), pairs(many / 5));
    let [stage, source_ip, user_agent] = [(); 3].map(|()| numbers.part(body));
    let event = Event { headers, stage, source_ip, user_agent, extra, body };
    let options = case.limited(|lenient| model::event(&event, lenient).map_or(0, |it| it.len()));

    let (written, serialized) = subject::event(&event, &options);
    let expected = model::event(&event, &options);
    let is_ok = expected.is_ok();
    assert_eq!(serialized.is_ok(), is_ok, "{serialized:?}, {options:?}, {event:?}");
    if let (Ok(json), Ok(serialized)) = (&expected, serialized) {
        same(&serialized, json, &options, &case);
        same(subject::receive(json).unwrap(), serialized, &options, &case);
    }
    assert_eq!(written, expected, "{options:?}, {event:?}");
}

/// Compares a text as a shape with `serde_json`, and an event in a built shape with the tests' oracle.
pub fn shape(data: &[u8]) {
    let Some(case) = Case::read(data) else { return };
    let body = case.body;
    let text = String::from_utf8_lossy(body);
    let json = serde_json::from_str::<serde_json::Value>(&text);
    match (subject::shape(&text), json) {
        (Ok(_), Ok(_)) => {}
        (Ok(_), Err(error)) => {
            assert!(error.to_string().contains("out of range"), "{error}: {text}")
        }
        (Err((offset, is_not_json)), json) => {
            assert!(offset <= text.len() && !(is_not_json && json.is_ok()), "{offset}: {text}");
        }
    }

    let mut numbers = case.numbers.clone();
    let document = document(&mut numbers, 4);
    // Cookies are joined in a way of their own.
    let names = [(); 4].map(|()| *numbers.pick(&["cookie", "Cookie", "", ""]));
    let mut part = || String::from_utf8_lossy(numbers.part(body)).into_owned();
    let mut header = |name: &str| (if name.is_empty() { part() } else { name.to_owned() }, part());
    let headers = names.map(&mut header).to_vec();
    let request = oracle::shape::Request {
        body: body.to_vec(),
        headers,
        stage: part(),
        source_ip: part(),
        user_agent: part(),
        method: part(),
        path: part(),
        query_string: part(),
        id: part(),
        time_epoch: 951_868_799_999,
        extra: vec![("x".to_owned(), part()), ("y.z".to_owned(), part())],
    };
    let expected = oracle::shape::event(&document, subject::case(&case.options), &request);
    // Space, and the order of names, are the document's own.
    let text = serde_json::to_string_pretty(&document).unwrap();
    let shape = subject::shape(&text).unwrap_or_else(|error| panic!("{error:?}: {text}"));
    let has_hole = |(name, _): &(String, String)| text.contains(&format!("\"$extra.{name}\""));
    let is_refused =
        expected.is_err() || !document.is_object() && !request.extra.iter().all(has_hole);
    let lenient = case.options.lenient();
    let mut out = b"before".to_vec();
    match (subject::append_event(&request, &shape, &lenient, &mut out), &expected) {
        (Ok(()), Ok(expected)) => {
            same(&*String::from_utf8_lossy(&out[6..]), expected, &lenient, &case)
        }
        (Err(error), _) => assert!(is_refused && out == b"before", "{error}: {text}"),
        (Ok(()), Err(hole)) => panic!("{hole}: {text}, {}", String::from_utf8_lossy(&out)),
    }
    let whole = out;
    let options = case.limited(|_| whole.len() - 6);
    let mut out = b"before".to_vec();
    match subject::append_event(&request, &shape, &options, &mut out) {
        Ok(()) => {
            assert_eq!(out, whole);
            assert!(body.len() <= options.max_bytes && out.len() - 6 <= options.max_output);
        }
        Err(error) => assert_eq!(out, b"before", "{error}"),
    }
}

/// Sends the body in chunks through one transcoder, twice with different cuts.
pub fn stream(data: &[u8]) {
    let Some(case) = Case::read(data) else { return };
    let options = case.limited(|lenient| model::object(case.body, lenient).unwrap().len());
    let expected = model::transcode(case.body, &options);
    let (_, dropped) = model::split(case.body, options.rules);
    let dropped: Vec<_> = dropped.iter().map(|it| (it.offset, it.reason)).collect();
    let mut numbers = case.numbers.clone();
    let mut transcoder = subject::Transcoder::new(&options);
    for longest in [*numbers.pick(&[1, 4, 40]), *numbers.pick(&[4, 40, 400, 9_000])] {
        let mut rest = case.body;
        let (mut json, mut reported) = (String::new(), Vec::new());
        let mut report = |offset, reason| reported.push((offset, reason));
        let mut done = Ok(());
        while !rest.is_empty() && done.is_ok() {
            let len = (numbers.below(longest + 1)).max(usize::from(longest == 1));
            let (chunk, behind) = rest.split_at(len.min(rest.len()));
            rest = behind;
            done = transcoder.push(chunk, &mut report).map(|new| take(&mut json, &new));
        }
        if done.is_err() {
            same(transcoder.push(rest, &mut report).map(drop), done.clone(), &options, &case);
        }
        let end = transcoder.finish(&mut report).map(|new| take(&mut json, &new));
        let outcome = if done.is_err() { done.clone() } else { end.clone() };
        same(end, outcome.clone(), &options, &case);
        same(outcome, expected.clone().map(drop), &options, &case);
        if let Ok(expected) = &expected {
            same(&json, expected, &options, &case);
            same(&reported, &dropped, &options, &case);
        } else {
            let whole = model::object(case.body, &options.lenient()).unwrap();
            assert!(whole.starts_with(&json) && json != whole, "{json}, {case:?}");
            assert!(dropped.starts_with(&reported), "{reported:?}, {case:?}");
        }
    }
}

/// Appends one piece of the output, which must be UTF-8 by itself.
fn take(json: &mut String, new: &[u8]) {
    json.push_str(str::from_utf8(new).expect("each piece is UTF-8"));
}

/// Compares decoded pairs with `form_urlencoded`, which implements the URL Standard.
pub fn standard(data: &[u8]) {
    let Some(case) = Case::read(data) else { return };
    assert!(subject::parse(case.body).eq(form_urlencoded::parse(case.body)), "{case:?}");
}

/// Compares the fast path on each scanner of this machine with the slow path.
pub fn scanners(data: &[u8]) {
    if let Some(case) = Case::read(data) {
        subject::check_scanners(case.body);
    }
}

/// Reads the body as types: pairs, maps, a struct by hand, and whatever type must not panic.
pub fn typed(data: &[u8]) {
    type Pairs = Vec<(String, String)>;
    type Lists = BTreeMap<String, Vec<String>>;
    let Some(case) = Case::read(data) else { return };
    // There is no output, so its limit is any.
    let (body, options) = (case.body, case.limited(|_| case.body.len()));
    let expected = model::pairs(body, &options);
    let pairs = |texts: &[model::Text]| -> Pairs {
        texts.iter().map(|text| (text.key.clone(), text.value.clone())).collect()
    };
    let texts = expected.as_ref().map(|texts| pairs(texts)).map_err(Clone::clone);
    let read = subject::read::<Pairs>(body, &options);
    same(&read, &texts.clone().map_err(Unfit::Refused), &options, &case);
    let read = subject::read::<Vec<(Cow<'_, str>, Cow<'_, str>)>>(body, &options);
    let owned = |pairs: Vec<(Cow<'_, str>, Cow<'_, str>)>| -> Pairs {
        pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
    };
    same(read.map(owned), texts.clone().map_err(Unfit::Refused), &options, &case);
    let read = subject::read::<IgnoredAny>(body, &options).map(drop);
    same(read, texts.clone().map(drop).map_err(Unfit::Refused), &options, &case);

    let lists = subject::read::<Lists>(body, &options);
    let record = subject::record(body, &options);
    if let Ok(texts) = &expected {
        let mut by_key = Lists::new();
        for text in texts {
            by_key.entry(text.key.clone()).or_default().push(text.value.clone());
        }
        same(lists.unwrap(), by_key, &options, &case);
        let slow = model::record(texts);
        let slow = slow.map_err(|(field, offset, again)| Unfit::Field(field.into(), offset, again));
        same(record, slow, &options, &case);
    } else {
        // They may find another error first.
        assert!(lists.is_err() && record.is_err(), "{lists:?}, {record:?}, {case:?}");
    }
    let standard = Options { decode: true, rules: model::Rules::Whatwg, ..options.lenient() };
    let peer = serde_html_form::from_bytes::<Lists>(body).unwrap();
    same(subject::read::<Lists>(body, &standard).unwrap(), peer, &standard, &case);

    let _ = subject::read::<serde_json::Value>(body, &options);
    let _ = subject::read::<BTreeMap<u8, Option<bool>>>(body, &options);
    let _ = subject::read::<BTreeMap<char, (f64, String)>>(body, &options);
    let _ = subject::read::<Vec<(&str, &[u8])>>(body, &options);
    let _ = subject::read::<[(String, IgnoredAny); 2]>(body, &options);
    let _ = subject::read::<()>(body, &options);
}

/// Compares the parts of a multipart body with the tests' oracle and with multer, and its event with that of the same
/// fields in a urlencoded form.
pub fn multipart(data: &[u8]) {
    let Some(case) = Case::read(data) else { return };
    let mut numbers = case.numbers.clone();
    let (boundary, body) = multipart::build(&mut numbers, case.body);
    let shown = || format!("b\"{}\" with the boundary {boundary}", body.escape_ascii());
    let none = [usize::MAX; 4];
    let parts = subject::multipart(&body, boundary, none);
    let expected = oracle_multipart::read(&body, boundary.as_bytes());
    assert_eq!(parts.as_ref().ok(), expected.as_ref(), "{}", shown());
    if let Err(offset) = parts {
        assert!(offset <= body.len(), "{offset}: {}", shown());
        return;
    }
    let parts = expected.unwrap_or_default();
    if let Some(multers) = multer(&body, boundary) {
        assert!(multers.iter().eq(parts.iter().map(|part| &part.body)), "{}", shown());
    }

    // A limit of each kind, at or near the least that is enough.
    let is_text = |part: &&oracle_multipart::Part| part.file_name.is_none();
    let enough = [
        body.len(),
        parts.len(),
        parts.iter().map(|part| part.body_offset - part.offset).max().unwrap_or_default(),
        parts.iter().filter(is_text).map(|part| part.body.len()).max().unwrap_or_default(),
    ];
    let mut limits = none;
    let kind = numbers.below(4);
    limits[kind] = (enough[kind] + numbers.below(3)).saturating_sub(1);
    let limited = subject::multipart(&body, boundary, limits);
    assert_eq!(limited.is_ok(), limits[kind] >= enough[kind], "{limits:?}: {}", shown());

    let options = case.options;
    let Some((json, dropped)) = subject::multipart_event(&body, boundary, &options) else {
        let has_charset = |part: &oracle_multipart::Part| {
            let content_type = part.content_type.as_deref().unwrap_or_default();
            content_type.windows(7).any(|word| word.eq_ignore_ascii_case(b"charset"))
        };
        return assert!(parts.iter().filter(is_text).any(has_charset), "{}", shown());
    };
    let mut urlencoded = form_urlencoded::Serializer::new(String::new());
    let mut expected_dropped = Vec::new();
    let mut is_utf8 = true;
    for part in &parts {
        if part.file_name.is_some() {
            expected_dropped.push((part.offset, "file"));
        } else if part.name.is_empty() && options.rules == Rules::Template {
            expected_dropped.push((part.offset, "empty-key"));
        } else {
            is_utf8 &= str::from_utf8(&part.name).is_ok() && str::from_utf8(&part.body).is_ok();
        }
    }
    urlencoded.extend_pairs(oracle_multipart::texts(&parts));
    assert_eq!(dropped, expected_dropped, "{}", shown());
    if options.strict && !is_utf8 {
        return assert!(json.is_err(), "{}", shown());
    }
    let expected = subject::urlencoded_event(
        urlencoded.finish().as_bytes(),
        &Options { decode: true, ..options },
    );
    assert_eq!(json, expected, "{}", shown());
}

/// The bodies of the parts by multer.
fn multer(body: &[u8], boundary: &str) -> Option<Vec<Vec<u8>>> {
    let body = Ok::<_, multer::Error>(multer::bytes::Bytes::copy_from_slice(body));
    let mut parts = multer::Multipart::new(futures::stream::iter([body]), boundary);
    futures::executor::block_on(async {
        let mut bodies = Vec::new();
        while let Some(part) = parts.next_field().await.ok()? {
            bodies.push(part.bytes().await.ok()?.to_vec());
        }
        Some(bodies)
    })
}
