//! Transforms made ready for trials: artifacts in a folder of their own, and meters beside them.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use telesieve_config::{Secret, Transform};
use telesieve_core::FunctionIdentity;
use telesieve_engine::{Chain, CompileError, Meter, Target, TransformKind, compile, inspect};
use tempfile::TempDir;

use crate::subject::{Source, Subject};

/// Time for one batch: a test must not fail because the machine is busy.
const BUDGET: Duration = Duration::from_secs(10);

/// Everything that trials need.
pub(crate) struct Workbench<'s> {
    subject: &'s Subject,
    identity: FunctionIdentity,
    keys: BTreeMap<String, Secret>,
    folder: TempDir,
    pub(crate) stages: Vec<Prepared>,
}

/// A transform that can be loaded any number of times.
pub(crate) struct Prepared {
    pub(crate) transform: Transform,
    /// Name and version of the component, as far as it is at hand.
    pub(crate) component: String,
    pub(crate) kind: Option<TransformKind>,
    /// Names of the keys that it asks for, as far as they are known.
    keys: Vec<String>,
    bytes: Option<Vec<u8>>,
}

impl<'s> Workbench<'s> {
    /// Compiles what has to be compiled.
    ///
    /// # Errors
    /// A transform has no component, or its component cannot be used.
    pub(crate) fn new(subject: &'s Subject, identity: FunctionIdentity) -> Result<Self> {
        let (folder, keys) = (tempfile::tempdir()?, subject.keys());
        let mut bench = Self { subject, identity, keys, folder, stages: Vec::new() };
        for (transform, source) in subject.parts() {
            let transform = Transform { budget: transform.budget.max(BUDGET), ..transform.clone() };
            let prepared = bench.prepare(transform, source)?;
            bench.stages.push(prepared);
        }
        Ok(bench)
    }

    /// Hashes with the name of each key in the place of its secret, so that snapshots are the same everywhere.
    pub(crate) fn with_test_keys(mut self) -> Self {
        let named = self.stages.iter().flat_map(|stage| &stage.keys).chain(self.keys.keys());
        let keys = named.map(|name| (name.clone(), Secret::new(format!("test key {name}"))));
        self.keys = keys.collect();
        self
    }

    fn prepare(&self, transform: Transform, source: &Source) -> Result<Prepared> {
        match source {
            Source::Component(component) => self.compile(transform, component),
            Source::Bundled => self.copy(transform),
            Source::Missing(why) => bail!("{why}"),
        }
    }

    fn compile(&self, transform: Transform, component: &[u8]) -> Result<Prepared> {
        let target = Target::host().context("unsupported machine: it is neither x86_64 nor arm64")?;
        let artifact =
            compile(component, target, &transform, &self.identity).map_err(|error| self.refusal(&transform, error))?;
        std::fs::write(self.folder.path().join(format!("{}.cwasm", transform.name)), &artifact.cwasm)?;
        std::fs::write(self.folder.path().join(format!("{}.pack", transform.name)), &artifact.pack)?;
        Ok(Prepared {
            component: format!("{} {}", artifact.name, artifact.version),
            kind: Some(artifact.kind),
            keys: inspect(component, &transform, &self.identity).keys,
            bytes: Some(component.to_vec()),
            transform: Transform { artifact: transform.name.clone(), ..transform },
        })
    }

    fn refusal(&self, transform: &Transform, error: CompileError) -> anyhow::Error {
        match error {
            CompileError::Settings(faults) => {
                let lines: Vec<_> =
                    faults.iter().map(|fault| self.subject.setting_fault(&transform.name, fault)).collect();
                anyhow::anyhow!("invalid settings:\n{}", lines.join("\n"))
            }
            error => anyhow::anyhow!("transform `{}`: {error}", transform.name),
        }
    }

    /// Takes what a bundle holds.
    fn copy(&self, transform: Transform) -> Result<Prepared> {
        for ending in ["cwasm", "pack"] {
            let from = self.subject.loaded.folder.join(format!("{}.{ending}", transform.artifact));
            std::fs::copy(&from, self.folder.path().join(format!("{}.{ending}", transform.name)))
                .with_context(|| format!("failed to read {}", from.display()))?;
        }
        let component = format!("{} (bundled)", transform.artifact);
        let transform = Transform { artifact: transform.name.clone(), ..transform };
        Ok(Prepared { component, kind: None, keys: Vec::new(), bytes: None, transform })
    }

    /// A new chain of all transforms, which says more than the extension wants to know.
    ///
    /// # Errors
    /// One cannot be loaded: a key is missing, or a bundle is damaged.
    pub(crate) fn chain(&self) -> Result<Chain> {
        let transforms: Vec<_> = self.stages.iter().map(|stage| stage.transform.clone()).collect();
        let mut chain = self.load(&transforms)?;
        chain.observe();
        Ok(chain)
    }

    /// Chains of one transform each, for what comes between them.
    ///
    /// # Errors
    /// As [`Workbench::chain`].
    pub(crate) fn chains(&self) -> Result<Vec<Chain>> {
        // What is not whole yet is not to be held back before the next transform has seen it.
        let alone = |stage: &Prepared| Transform { verify: false, ..stage.transform.clone() };
        self.stages.iter().map(|stage| self.load(&[alone(stage)])).collect()
    }

    fn load(&self, transforms: &[Transform]) -> Result<Chain> {
        let (chain, faults) = Chain::load(transforms, &self.keys, self.folder.path(), &self.identity);
        let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
        ensure!(lines.is_empty(), "{}", lines.join("\n"));
        Ok(chain)
    }

    /// The folder of the artifacts, which must be there as long as chains are.
    pub(crate) fn into_folder(self) -> TempDir {
        self.folder
    }

    /// Series of transforms that the extension keeps.
    pub(crate) fn max_series(&self) -> usize {
        let pushgateway = self.subject.loaded.config.pushgateway.clone().unwrap_or_default();
        pushgateway.max_guest_series
    }

    /// Meters, one for each transform that has a component at hand.
    ///
    /// # Errors
    /// A component cannot be compiled once more.
    pub(crate) fn meters(&self) -> Result<Vec<Option<Meter>>> {
        let meter = |stage: &Prepared| {
            let meter = |bytes: &Vec<u8>| Meter::new(bytes, &stage.transform, &self.identity);
            stage.bytes.as_ref().map(meter).transpose()
        };
        self.stages.iter().map(meter).collect::<Result<_, _>>().map_err(|error| anyhow::anyhow!("{error}"))
    }
}

impl Prepared {
    /// Bytes of linear memory after its start.
    pub(crate) fn memory(&self) -> Option<usize> {
        let inspected = self.bytes.as_ref().map(|bytes| inspect(bytes, &self.transform, &FunctionIdentity::default()));
        inspected.map(|inspection| inspection.memory)
    }
}
