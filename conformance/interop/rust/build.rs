//! Generates the client from the contract that CONTRACT names.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let contract = env::var("CONTRACT")?;
    println!("cargo:rerun-if-env-changed=CONTRACT");
    println!("cargo:rerun-if-changed={contract}");

    let document: openapiv3::OpenAPI = serde_json::from_str(&fs::read_to_string(contract)?)?;
    let tokens = progenitor::Generator::default().generate_tokens(&document)?;
    let code = prettyplease::unparse(&syn::parse2(tokens)?);
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("kapture.rs"), code)?;
    Ok(())
}
