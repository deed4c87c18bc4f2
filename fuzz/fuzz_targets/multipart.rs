#![no_main]

formevent_fuzz::target!(multipart);
