//! The crate's own event of a request. A file of its own, since it needs the crate's feature `shapes`.

use formevent::{Event, Options, Shape};

use crate::oracle::shape::Request;

pub(crate) fn event<'a>(request: &'a Request, shape: &'a Shape, options: Options) -> Event<'a> {
    let event = Event::new(&request.body)
        .options(options)
        .shape(shape)
        .headers(&request.headers)
        .stage(&request.stage)
        .source_ip(&request.source_ip)
        .user_agent(&request.user_agent)
        .method(&request.method)
        .path(&request.path)
        .query_string(&request.query_string)
        .request_id(&request.id)
        .time_epoch(request.time_epoch);
    request.extra.iter().fold(event, |event, (name, value)| event.extra(name, value))
}
