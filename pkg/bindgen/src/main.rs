//! `formevent-bindgen MODULE FOLDER`: writes what wasm-bindgen makes of the module into the folder.

use std::env;
use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, folder] = &arguments[..] else {
        return Err("usage: formevent-bindgen MODULE FOLDER".into());
    };
    Ok(Bindgen::new().input_path(module).bundler(true)?.typescript(true).generate(folder)?)
}
