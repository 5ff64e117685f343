//! Loads artifacts and makes stages of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use telesieve_config::{Secret, Transform as Configured};
use telesieve_core::FunctionIdentity;

use crate::chain::Chain;
use crate::health::Health;
use crate::instance::Runtime;
use crate::kind::Pass;
use crate::pack::Pack;
use crate::select::Selector;
use crate::setup::Packed;
use crate::stage::{Mode, Stage};
use crate::transform::{SetupFault, Terms, Transform, load_component};
use crate::tuning::{self, Reservation};
use crate::{LoadFault, TransformKind};

/// What to load with.
pub(crate) struct Loader<'l> {
    reservation: Reservation,
    keys: &'l BTreeMap<String, Secret>,
    dir: &'l Path,
    function: &'l Rc<FunctionIdentity>,
    runtime: Option<Runtime>,
    no_space: bool,
    faults: Vec<LoadFault>,
}

/// What is known of a transform, as far as loading came.
#[derive(Default)]
struct Known {
    kinds: Option<TransformKinds>,
}

/// What a pack and a component say.
struct TransformKinds {
    kind: TransformKind,
    selects: Vec<String>,
}

impl<'l> Loader<'l> {
    pub(crate) fn new(
        reservation: Reservation,
        keys: &'l BTreeMap<String, Secret>,
        dir: &'l Path,
        function: &'l Rc<FunctionIdentity>,
    ) -> Self {
        Self { reservation, keys, dir, function, runtime: None, no_space: false, faults: Vec::new() }
    }

    /// Makes a chain; the flag says whether there was too little address space for this kind of reservation.
    pub(crate) fn load(mut self, transforms: &[Configured]) -> (Chain, Vec<LoadFault>, bool) {
        let stages = transforms.iter().map(|transform| self.stage(transform)).collect();
        let chain = Chain::new(stages, self.runtime.map(|runtime| runtime.watchdog));
        (chain, self.faults, self.no_space)
    }

    fn stage(&mut self, configured: &Configured) -> Stage {
        let name: Arc<str> = configured.name.as_str().into();
        let mut known = Known::default();
        let opened = self.open(configured, &mut known);
        // A table with a mistake in it is not trusted to say what may pass, nor which records it was meant for.
        let known = known.kinds.filter(|_| configured.broken.is_none());
        let said = known.as_ref().map_or(&[][..], |known| &known.selects);
        let selector = match &configured.on {
            Some(on) => Selector::new(on),
            None => Selector::new(said),
        };
        let kind = known.as_ref().map(|known| known.kind);
        let pass = Pass::allowed(kind, configured.on_error);
        let redacts = kind.is_none_or(|kind| kind == TransformKind::Redact);
        let mode = match opened {
            Ok(transform) => Mode::Open(Box::new(transform), Health::new()),
            Err(fault) => {
                self.no_space |= fault.no_space;
                let fault = LoadFault {
                    transform: Arc::clone(&name),
                    message: fault.message,
                    drops: pass.is_none(),
                    settings: fault.settings,
                };
                self.faults.push(fault);
                Mode::Closed
            }
        };
        Stage { name, selector, pass, redacts, verify: configured.verify, mode }
    }

    fn open(&mut self, configured: &Configured, known: &mut Known) -> Result<Transform, SetupFault> {
        let pack = self.pack(configured)?;
        known.kinds = Some(TransformKinds { kind: pack.kind, selects: pack.kinds.clone() });
        if let Some(mistake) = &configured.broken {
            return Err(SetupFault::new(mistake.clone()));
        }
        let cwasm = self.cwasm(configured, &pack)?;
        let runtime = self.runtime()?;
        let component = load_component(&runtime, &cwasm)?;
        let terms = Terms::new(configured, Rc::clone(self.function));
        let mut source = Packed { keys: self.keys, patterns: &pack.patterns };
        let (transform, _) = Transform::set_up(&runtime, &component, terms, &mut source)?;
        // Whoever of the two says `redact` is believed.
        let kind = if pack.kind == TransformKind::Redact { pack.kind } else { transform.kind() };
        known.kinds = Some(TransformKinds { kind, selects: transform.resolved().kinds.clone() });
        Ok(transform)
    }

    fn path(&self, configured: &Configured, extension: &str) -> PathBuf {
        self.dir.join(format!("{}.{extension}", configured.artifact))
    }

    fn pack(&self, configured: &Configured) -> Result<Pack, SetupFault> {
        let path = self.path(configured, "pack");
        let bytes = fs::read(&path).map_err(|error| missing(&path, &error))?;
        Pack::from_bytes(&bytes).map_err(|error| {
            SetupFault::new(format!("`{}` cannot be used, {error}: run `telesieve bundle`", path.display()))
        })
    }

    /// The file with the machine code, if it is the one that the pack was made with.
    fn cwasm(&self, configured: &Configured, pack: &Pack) -> Result<PathBuf, SetupFault> {
        let path = self.path(configured, self.reservation.extension());
        let (found, expected) = (fs::metadata(&path).map_err(|error| missing(&path, &error))?.len(), pack.cwasm_bytes);
        if found == expected || self.reservation == Reservation::Small {
            return Ok(path);
        }
        let path = path.display();
        Err(SetupFault::new(format!(
            "`{path}` has {found} bytes and its pack was made with one of {expected}: run `telesieve bundle`"
        )))
    }

    fn runtime(&mut self) -> Result<Runtime, SetupFault> {
        if let Some(runtime) = &self.runtime {
            return Ok(runtime.clone());
        }
        let runtime = tuning::engine(self.reservation).and_then(Runtime::new);
        let runtime = runtime.map_err(|error| {
            SetupFault::new(format!(
                "WebAssembly cannot run on this host: {}",
                crate::text::one_line(&error.to_string(), 200)
            ))
        })?;
        Ok(self.runtime.insert(runtime).clone())
    }
}

fn missing(path: &Path, error: &std::io::Error) -> SetupFault {
    let remedy = if error.kind() == std::io::ErrorKind::NotFound { ": run `telesieve bundle`" } else { "" };
    SetupFault::new(format!("`{}` cannot be read ({error}){remedy}", path.display()))
}
