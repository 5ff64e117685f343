//! The one door: `cargo xtask demo | test | ci | build | deploy | dist | bench | counts | soak | docs | site | fuzz`.

use std::process::ExitCode;

use xtask::process::say;

const USAGE: &str = "\
usage: cargo xtask <command>

  demo [args]   build everything, play an emulated Lambda function through it and show what happens
  test [args]   build, fetch and run everything that the unit, property and end-to-end tests need;
                arguments go to `cargo test`: `cargo xtask test -p telesieve-core`
  ci            what the build server runs: formatting, lints, licences, tests, fuzz smoke
  build         leave the sandbox's /opt tree under target/demo/opt
  deploy        check the examples under deploy/ as far as that can be done without an account
  dist          what a release holds, layers for both architectures included, under target/dist
  bench         start-up time and memory beside a bare loop of three HTTP calls
  bench all     that, billed time, throughput and the size of a layer, in one table with their budgets
  bench precision [how many [seed]]
                what the default rules touch of ten million identifiers that they must not touch
  bench recall [how many [seed [examples]]]
                what the default rules find of secrets, leave of them, and take that is none, by class
  bench billed  time added to the bill of an invocation, by flush mode and with dead sinks
  bench throughput [rounds [way]]
                the chain beside VRL and beside the same edits by native code
  bench redact [--rounds N]
                telesieve redact on 200 MB of text, on one core, compared with gitleaks
  bench flame   where the processor time of the extension goes, as a flame graph
  counts        instructions of the hot paths per byte, under callgrind, beside their limits
  soak [invocations [seed]]
                the soak tests at length: 20,000 invocations among faults and freezes, a million events
  picture       write the picture of the README, out of what the demo prints
  docs          write the pages that are made of the code
  site          the documentation as a site with search, under target/site; its links are checked
  fuzz [target [seconds]]
                run the fuzz targets, ten seconds each unless told otherwise";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    let result = match args.first().map(String::as_str) {
        Some("demo") => xtask::demo::run(rest),
        Some("test") => xtask::test::run(rest),
        Some("ci") => xtask::ci::run(),
        Some("build") => xtask::build::everything().map(|_| ()),
        Some("deploy") => xtask::deploy::check(),
        Some("dist") => xtask::dist::run_all(),
        Some("bench") if *rest == ["flame"] => xtask::flame::draw(),
        Some("bench") => xtask::bench::run(rest),
        Some("counts") => xtask::counts::check(),
        Some("picture") => xtask::picture::draw(),
        Some("docs") => xtask::docs::write(),
        Some("site") => xtask::site::build(),
        Some("soak") => xtask::soak::run(rest),
        Some("fuzz") => xtask::fuzz::run(rest),
        Some("help" | "--help" | "-h") => {
            say(USAGE);
            return ExitCode::SUCCESS;
        }
        _ => {
            say(USAGE);
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("\nerror: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
