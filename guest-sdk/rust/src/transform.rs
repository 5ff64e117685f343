//! From the exports of a component to the function that its author wrote.

use serde::de::DeserializeOwned;

use crate::batch::{Batch, Event};
use crate::bindings::types::{self as raw, FunctionInfo};
use crate::bindings::{guest, types};
use crate::edit::Edit;
use crate::error::{Result, SettingError, Verdict};
use crate::handle::Recipe;
use crate::host;
use crate::script::Script;
use crate::settings;
use crate::setup::Setup;

pub use crate::bindings::types::{Manifest, TransformKind};

/// What [`transform`](macro@crate::transform) makes of a function. There is no need to implement it by hand.
pub trait Transform: 'static {
    /// What the function gets besides the events: its settings, or what its `setup` made of them.
    type State: 'static;

    /// Name, version and kind.
    fn manifest() -> Manifest;

    /// Reads the settings and declares what is needed of the host.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used.
    fn setup(settings: &str, setup: &mut Setup) -> Result<Self::State, SettingError>;

    /// Works on one batch.
    ///
    /// # Errors
    ///
    /// If the function returned one. The batch fails, and the host tries again record by record.
    fn process(state: &mut Self::State, batch: &Batch, script: &mut Script) -> Result<()>;
}

/// A transform that is set up.
pub struct Running<T: Transform> {
    state: T::State,
    recipes: Edit,
}

impl<T: Transform> Running<T> {
    /// Sets a transform up.
    ///
    /// # Errors
    ///
    /// Every setting that cannot be used.
    pub fn start(settings: &str, function: FunctionInfo) -> Result<(Self, guest::Setup), Vec<SettingError>> {
        let mut setup = Setup::new(function);
        let state = match T::setup(settings, &mut setup) {
            Ok(state) => state,
            Err(error) => {
                setup.faults.push(error);
                return Err(setup.faults);
            }
        };
        let (declared, recipes) = setup.finish()?;
        Ok((Self { state, recipes }, declared))
    }

    /// Works on one batch.
    ///
    /// # Errors
    ///
    /// Why the batch failed, without payload.
    pub fn process(&mut self, batch: raw::Batch) -> Result<raw::Script, String> {
        let batch = Batch::new(batch);
        let mut script = Script::new(&batch, &self.recipes);
        match T::process(&mut self.state, &batch, &mut script) {
            Ok(()) => Ok(script.finish()),
            Err(error) => Err(error.text().to_owned()),
        }
    }
}

/// The exports of a component. For [`export`](crate::export).
#[doc(hidden)]
pub mod exports {
    use super::*;

    pub type Settled<T> = Result<(Running<T>, guest::Setup), Vec<types::SettingError>>;

    pub fn init<T: Transform>(settings: &str, function: FunctionInfo) -> Settled<T> {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
            host::log_panic(&place);
        }));
        let raw = |SettingError { path, message }| types::SettingError { path, message };
        Running::start(settings, function).map_err(|faults| faults.into_iter().map(raw).collect())
    }

    pub fn process<T: Transform>(running: Option<&mut Running<T>>, batch: raw::Batch) -> Result<raw::Script, String> {
        running.ok_or_else(|| "process came before init".to_owned())?.process(batch)
    }
}

/// What the macro's code calls.
#[doc(hidden)]
pub mod glue {
    use super::*;

    pub fn setup<S: DeserializeOwned, T>(
        settings: &str,
        setup: &mut Setup,
        make: impl FnOnce(S, &mut Setup) -> Result<T, SettingError>,
    ) -> Result<T, SettingError> {
        make(settings::read(settings, setup)?, setup)
    }

    pub fn settings<S: DeserializeOwned>(settings: &str, setup: &mut Setup) -> Result<S, SettingError> {
        settings::read(settings, setup)
    }

    pub fn no_settings(settings: &str, setup: &mut Setup) -> Result<(), SettingError> {
        settings::read::<settings::NoSettings>(settings, setup).map(|_| ())
    }

    pub fn by_record<V: Verdict>(
        batch: &Batch,
        script: &mut Script,
        mut transform: impl FnMut(&Event, &mut Edit) -> V,
    ) -> Result<()> {
        let mut event = Event::of(batch);
        for index in 0..batch.len() {
            event.move_to(index);
            transform(&event, script.begin()).result()?;
            script.end(index);
        }
        Ok(())
    }

    pub fn by_recipe<C: Choice>(
        batch: &Batch,
        script: &mut Script,
        mut transform: impl FnMut(&Event) -> C,
    ) -> Result<()> {
        let mut event = Event::of(batch);
        for index in 0..batch.len() {
            event.move_to(index);
            let recipe = transform(&event).recipe()?;
            script.assign(&event, recipe);
        }
        Ok(())
    }

    /// `Recipe` and `Result<Recipe>`.
    pub trait Choice {
        fn recipe(self) -> Result<Recipe>;
    }

    impl Choice for Recipe {
        fn recipe(self) -> Result<Recipe> {
            Ok(self)
        }
    }

    impl Choice for Result<Recipe> {
        fn recipe(self) -> Result<Recipe> {
            self
        }
    }
}

/// Makes a transform the exports of the component. The macro calls it, for WebAssembly only.
#[doc(hidden)]
#[macro_export]
macro_rules! export {
    ($transform:ty) => {
        const _: () = {
            use $crate::bindings::{guest, types};
            use $crate::exports;

            ::std::thread_local! {
                static RUNNING: ::std::cell::RefCell<::std::option::Option<$crate::Running<$transform>>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }

            struct Component;

            impl guest::Guest for Component {
                fn describe() -> types::Manifest {
                    <$transform as $crate::Transform>::manifest()
                }

                fn init(
                    settings: ::std::string::String,
                    function: types::FunctionInfo,
                ) -> ::std::result::Result<guest::Setup, ::std::vec::Vec<types::SettingError>> {
                    let (running, setup) = exports::init::<$transform>(&settings, function)?;
                    RUNNING.set(::std::option::Option::Some(running));
                    ::std::result::Result::Ok(setup)
                }

                fn process(batch: types::Batch) -> ::std::result::Result<types::Script, ::std::string::String> {
                    RUNNING.with_borrow_mut(|running| exports::process(running.as_mut(), batch))
                }
            }

    $crate::bindings::export_guest!(Component with_types_in $crate::bindings);
        };
    };
}
