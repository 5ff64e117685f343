//! `telesieve completions` and `telesieve man`: what shells and `man` know about this program, made of its arguments.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Command;
use clap_complete::{Shell, generate};

use crate::out;

/// Print completions for a shell.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

const HELP: &str = "\
Examples:
  telesieve completions bash > ~/.local/share/bash-completion/completions/telesieve
  telesieve completions zsh > ~/.zfunc/_telesieve
  telesieve completions fish > ~/.config/fish/completions/telesieve.fish";

/// Write man pages, one for each subcommand.
#[derive(Clone, Debug, clap::Args)]
pub struct ManArgs {
    /// The folder to write to, such as `~/.local/share/man/man1`.
    #[arg(long, short, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

/// Prints completions.
///
/// # Errors
/// None: they are made in memory.
pub fn complete(args: &CompletionsArgs, mut command: Command) -> Result<ExitCode> {
    let mut script = Vec::new();
    generate(args.shell, &mut command, "telesieve", &mut script);
    out::line(String::from_utf8_lossy(&script).trim_end());
    Ok(ExitCode::SUCCESS)
}

/// Writes man pages.
///
/// # Errors
/// The folder cannot be written.
pub fn write_man(args: &ManArgs, command: Command) -> Result<ExitCode> {
    let folder: &Path = &args.out;
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .with_context(|| format!("failed to write man pages to {}", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}
