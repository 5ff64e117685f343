//! Loads artifacts and makes stages of them: first all code is mapped, in steps, then it is started and given its
//! settings. So nothing of a transform runs before the caller is ready to wait for it.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use telesieve_config::{Secret, Transform as Configured, open_regular, read_regular};
use telesieve_core::FunctionIdentity;
use wasmtime::component::Component;

use crate::chain::Chain;
use crate::health::Health;
use crate::instance::Runtime;
use crate::kind::Pass;
use crate::pack::Pack;
use crate::seal;
use crate::select::Selector;
use crate::setup::Packed;
use crate::stage::{Mode, Stage};
use crate::transform::{SetupFault, Started, Terms, load_component};
use crate::tuning::{self, Reservation};
use crate::{LoadFault, TransformKind};

/// Automata of patterns are most of a pack; the largest that one pattern may make has two megabytes.
const MAX_PACK_BYTES: u64 = 32 << 20;

/// A transform of the size of an interpreter has a few megabytes, and a layer cannot have more than 250.
const MAX_CODE_BYTES: u64 = 128 << 20;

/// A chain that is being loaded, one transform at a time, so that the caller can do something else in between.
pub struct Loading<'l> {
    transforms: &'l [Configured],
    dir: &'l Path,
    reservation: Reservation,
    runtime: Option<Runtime>,
    loaded: Vec<Result<Found, SetupFault>>,
}

/// A transform of which it is known what it is, as far as loading came before any of its code runs.
struct Found {
    pack: Pack,
    code: Result<Code, SetupFault>,
}

/// Machine code that is mapped.
struct Code {
    runtime: Runtime,
    component: Component,
    file: PathBuf,
}

impl std::fmt::Debug for Loading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Loading({} of {})", self.loaded.len(), self.transforms.len())
    }
}

impl<'l> Loading<'l> {
    /// Loads nothing yet. The parameters are those of [`Chain::load`].
    #[must_use]
    pub fn new(transforms: &'l [Configured], dir: &'l Path) -> Self {
        let loaded = Vec::with_capacity(transforms.len());
        Self { transforms, dir, reservation: Reservation::Full, runtime: None, loaded }
    }

    /// Loads the next transform, and runs nothing of it; false when there is none left.
    pub fn step(&mut self) -> bool {
        let Some(configured) = self.transforms.get(self.loaded.len()) else { return false };
        let loaded = self.load(configured);
        self.loaded.push(loaded);
        true
    }

    /// Starts all of them, gives them their settings and puts them together, see [`Chain::load`].
    #[must_use]
    pub fn finish(self, keys: &BTreeMap<String, Secret>, function: &FunctionIdentity) -> (Chain, Vec<LoadFault>) {
        let function = Rc::new(function.clone());
        let other = Self { reservation: Reservation::Small, ..Self::new(self.transforms, self.dir) };
        let (chain, faults, no_space) = self.complete(keys, &function);
        if no_space {
            let (small, small_faults, _) = other.complete(keys, &function);
            if small_faults.len() < faults.len() {
                return (small, small_faults);
            }
        }
        (chain, faults)
    }

    /// The flag says whether there was too little address space for this kind of reservation.
    fn complete(
        mut self,
        keys: &BTreeMap<String, Secret>,
        function: &Rc<FunctionIdentity>,
    ) -> (Chain, Vec<LoadFault>, bool) {
        while self.step() {}
        let (mut faults, mut no_space) = (Vec::new(), false);
        let mut stages = Vec::with_capacity(self.transforms.len());
        for (configured, loaded) in self.transforms.iter().zip(self.loaded) {
            let (stage, fault) = stage(configured, loaded, keys, function);
            no_space |= fault.as_ref().is_some_and(|fault| fault.no_space);
            faults.extend(fault.map(|fault| LoadFault {
                transform: Arc::clone(&stage.name),
                message: fault.message,
                drops: stage.pass.is_none(),
                settings: fault.settings,
            }));
            stages.push(stage);
        }
        (Chain::new(stages, self.runtime.map(|runtime| runtime.watchdog)), faults, no_space)
    }

    /// A table with an error in it, or one that stands for a file that cannot be read, is looked at no further.
    fn load(&mut self, configured: &Configured) -> Result<Found, SetupFault> {
        if let Some(reason) = &configured.broken {
            return Err(SetupFault::new(reason.clone()));
        }
        let pack = self.pack(configured)?;
        Ok(Found { code: self.code(configured, &pack), pack })
    }

    fn code(&mut self, configured: &Configured, pack: &Pack) -> Result<Code, SetupFault> {
        let file = self.cwasm(configured, pack)?;
        let runtime = self.runtime()?;
        Ok(Code { component: load_component(&runtime, &file)?, runtime, file })
    }

    fn path(&self, configured: &Configured, extension: &str) -> PathBuf {
        configured.folder.as_deref().unwrap_or(self.dir).join(format!("{}.{extension}", configured.artifact))
    }

    fn pack(&self, configured: &Configured) -> Result<Pack, SetupFault> {
        let path = self.path(configured, "pack");
        let bytes = read_regular(&path, MAX_PACK_BYTES).map_err(|error| missing(&path, &error))?;
        Pack::from_bytes(&bytes).map_err(|error| {
            SetupFault::new(format!("`{}` cannot be used: {error}; run `telesieve bundle`", path.display()))
        })
    }

    /// The file with the machine code, if it is undamaged and of the component that the pack was made of.
    fn cwasm(&self, configured: &Configured, pack: &Pack) -> Result<PathBuf, SetupFault> {
        let path = self.path(configured, self.reservation.extension());
        let seal = open_regular(&path, MAX_CODE_BYTES).and_then(seal::read).map_err(|error| missing(&path, &error))?;
        let found = match seal {
            Some(component) if component == pack.component => return Ok(path),
            Some(_) => "was made from another component than its pack",
            None => "is not an artifact, or is damaged",
        };
        Err(SetupFault::new(format!("`{}` {found}: run `telesieve bundle`", path.display())))
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

impl Chain {
    /// Sets up every transform, from artifacts in `dir`. Never fails as a whole: a transform that cannot be set up
    /// becomes a closed stage. The records that it selects (by `on`, else by what its artifact says it asked for, else
    /// all) are dropped, or pass if `on_error` says so and it is known not to redact.
    #[must_use]
    pub fn load(
        transforms: &[Configured],
        keys: &BTreeMap<String, Secret>,
        dir: &Path,
        function: &FunctionIdentity,
    ) -> (Self, Vec<LoadFault>) {
        Loading::new(transforms, dir).finish(keys, function)
    }
}

impl Code {
    fn start(self, max_memory: usize) -> Result<Started, SetupFault> {
        Ok(Started::new(&self.runtime, &self.component, max_memory)?.of(self.file))
    }
}

/// A stage, closed if the transform cannot be set up.
fn stage(
    configured: &Configured,
    loaded: Result<Found, SetupFault>,
    keys: &BTreeMap<String, Secret>,
    function: &Rc<FunctionIdentity>,
) -> (Stage, Option<SetupFault>) {
    let (opened, pack) = match loaded {
        Ok(Found { pack, code }) => {
            let terms = Terms::new(configured, Rc::clone(function));
            let mut source = Packed { keys, patterns: &pack.patterns };
            (code.and_then(|code| code.start(terms.max_memory)?.set_up(terms, &mut source)), Some(pack))
        }
        Err(fault) => (Err(fault), None),
    };
    // Without a pack, as of a table with an error in it, nothing says what may pass, nor which records it was meant for.
    let said = match &opened {
        Ok(transform) => &transform.resolved().kinds[..],
        Err(_) => pack.as_ref().map_or(&[][..], |pack| &pack.kinds),
    };
    let selector = Selector::new(configured.on.as_deref().unwrap_or(said));
    let kind = pack.map(|pack| pack.kind);
    let pass = Pass::allowed(kind, configured.on_error);
    let redacts = kind.is_none_or(|kind| kind == TransformKind::Redact);
    let (mode, fault) = match opened {
        Ok(transform) => (Mode::Open(Box::new(transform), Health::new()), None),
        Err(fault) => (Mode::Closed, Some(fault)),
    };
    let name = configured.name.as_str().into();
    (Stage { name, selector, pass, redacts, verify: configured.verify, mode }, fault)
}

fn missing(path: &Path, error: &std::io::Error) -> SetupFault {
    let remedy = match error.kind() {
        ErrorKind::NotFound | ErrorKind::InvalidInput | ErrorKind::FileTooLarge => ": run `telesieve bundle`",
        _ => "",
    };
    SetupFault::new(format!("`{}` cannot be read ({error}){remedy}", path.display()))
}
