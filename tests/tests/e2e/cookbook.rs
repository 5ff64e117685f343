//! The recipes of the cookbook as components, one behind the other, in the shipped engine.

use std::path::PathBuf;

use telesieve_tests::telesieve;
use xtask::{paths, process, tools};

const RECIPES: [&str; 8] = include!("../../../guest-sdk/rust/examples/cookbook/recipes.rs");

/// What leaves is what was accepted, and a fault in any of them costs the record that it met.
#[test]
fn every_recipe_runs_as_a_component() {
    let modules = modules();
    let components: Vec<String> = RECIPES
        .iter()
        .zip(&modules)
        .map(|(name, module)| format!("{}={}", name.replace('_', "-"), module.display()))
        .collect();
    let config = paths::root().join("guest-sdk/rust/examples/cookbook/telesieve.toml");
    let mut args = vec!["test", config.to_str().unwrap(), "--inject", "trap@3", "--inject", "timeout@7"];
    components.iter().for_each(|component| args.extend(["--component", component]));
    let text = telesieve(&args, &[]).unwrap();
    assert!(text.contains("✓ ok: 11 events"), "{text}");
    assert!(text.contains("trap@3 in hash-customer: dropped (transform_trapped)"), "{text}");
}

/// All of them in one build, which shares its dependencies with that of the ready-made transforms.
fn modules() -> Vec<PathBuf> {
    let mut build = process::cargo();
    build.args([
        "build",
        "-p",
        "telesieve-guest",
        "--examples",
        "--profile",
        "guest",
        "--target",
        tools::COMPONENT_TARGET,
    ]);
    process::run(&mut build).unwrap();
    let folder = paths::target().join(tools::COMPONENT_TARGET).join("guest/examples");
    RECIPES.map(|name| folder.join(format!("{name}.wasm"))).to_vec()
}
