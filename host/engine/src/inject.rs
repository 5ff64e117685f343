//! Faults on purpose: calls that fail and answers that are garbled, to show what the chain does about them.
//!
//! For tests only: the extension is built without this module.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::Fault;
use crate::bindings::types::{self, Edit, Script};
use crate::call_fault::CallFault;

/// A call into a guest that is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Call<'c> {
    /// The transform, by its name in the configuration.
    pub transform: &'c str,
    /// Which function.
    pub step: CallStep,
    /// How many calls were made before, of all transforms together.
    pub nth: u64,
}

/// The functions of a guest that run while batches are worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStep {
    /// An instance is started.
    Start,
    /// It gets its settings.
    Init,
    /// It looks at a batch, or a part of one.
    Process,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// The call fails.
    Fail(Fault),
    /// Its answer is garbled; the number chooses how. Without effect on calls that give no script.
    Garble(Garbling, u64),
}

/// Ways in which an answer is garbled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garbling {
    /// Something is missing at the end.
    Truncated,
    /// There is too much of something.
    Oversized,
    /// Something is there twice.
    Duplicated,
    /// Something is in another order.
    OutOfOrder,
    /// Something refers to what is not there.
    OutOfRange,
    /// It is another script altogether, or has other edits behind its own.
    Random,
}

impl Garbling {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Truncated, Self::Oversized, Self::Duplicated, Self::OutOfOrder, Self::OutOfRange, Self::Random];
}

/// What garbled scripts put into records, labels and kinds: a rule for e-mail addresses finds it.
pub(crate) const PLANTED: &str = "jane@example.com";

/// Decides what goes wrong.
pub(crate) type Saboteur = Rc<RefCell<dyn FnMut(&Call<'_>) -> Option<Sabotage>>>;

/// What a transform knows of the faults that await it.
#[derive(Clone, Default)]
pub(crate) struct Injector {
    transform: Option<Arc<str>>,
    saboteur: Option<Saboteur>,
    calls: Rc<RefCell<u64>>,
    garble: Option<(Garbling, u64)>,
}

impl Injector {
    /// For a transform. Those that share a saboteur count their calls together.
    pub(crate) fn new(transform: &Arc<str>, saboteur: &Saboteur, calls: &Rc<RefCell<u64>>) -> Self {
        let (transform, saboteur) = (Some(Arc::clone(transform)), Some(Rc::clone(saboteur)));
        Self { transform, saboteur, calls: Rc::clone(calls), garble: None }
    }

    /// To be called in front of every call; the error takes its place.
    pub(crate) fn before(&mut self, step: CallStep) -> Result<(), CallFault> {
        self.garble = None;
        let (Some(transform), Some(saboteur)) = (&self.transform, &self.saboteur) else { return Ok(()) };
        let nth = self.calls.replace_with(|calls| *calls + 1);
        let sabotage = (saboteur.borrow_mut())(&Call { transform, step, nth });
        match sabotage {
            Some(Sabotage::Fail(fault)) => return Err(CallFault::new(fault, "injected")),
            Some(Sabotage::Garble(garbling, choice)) => self.garble = Some((garbling, choice)),
            None => {}
        }
        Ok(())
    }

    /// What becomes of an answer.
    pub(crate) fn after(&mut self, script: Script) -> Script {
        match self.garble.take() {
            Some((garbling, choice)) => Garbler(choice).garble(garbling, script),
            None => script,
        }
    }
}

/// Makes choices: SplitMix64.
struct Garbler(u64);

impl Garbler {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if that is 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or(0)
    }

    /// An index that is mostly small.
    fn index(&mut self) -> u32 {
        if self.below(8) == 0 { self.next() as u32 } else { self.below(4) as u32 }
    }

    fn garble(&mut self, garbling: Garbling, mut script: Script) -> Script {
        let part = self.below(3);
        match garbling {
            Garbling::Truncated => self.truncate(part, &mut script),
            Garbling::Oversized => self.enlarge(part, &mut script),
            Garbling::Duplicated => duplicate(part, &mut script),
            Garbling::OutOfOrder => self.reorder(part, &mut script),
            Garbling::OutOfRange => self.misdirect(part, &mut script),
            Garbling::Random if part == 0 => self.append_edits(&mut script),
            Garbling::Random => script = self.script(script.assign.len()),
        }
        script
    }

    fn truncate(&mut self, part: usize, script: &mut Script) {
        let Script { recipes, assign, extra } = script;
        match part {
            0 => assign.truncate(self.below(assign.len())),
            1 => recipes.truncate(self.below(recipes.len())),
            _ => {
                extra.truncate(self.below(extra.len()));
                recipes.iter_mut().for_each(Vec::clear);
            }
        }
    }

    fn enlarge(&mut self, part: usize, script: &mut Script) {
        let Script { recipes, assign, extra } = script;
        match part {
            0 => assign.extend((0..=self.below(2_000)).map(|_| 0)),
            1 => recipes.push((0..=256).map(|_| self.edit()).collect()),
            _ => extra.extend((0..=256).map(|_| (0, self.edit()))),
        }
    }

    fn reorder(&mut self, part: usize, script: &mut Script) {
        let Script { recipes, assign, extra } = script;
        match part {
            0 => assign.reverse(),
            1 => recipes.reverse(),
            _ => extra.reverse(),
        }
        let by = self.below(assign.len());
        assign.rotate_left(by);
    }

    fn misdirect(&mut self, part: usize, script: &mut Script) {
        let Script { recipes, assign, extra } = script;
        match part {
            0 => assign.iter_mut().for_each(|recipe| *recipe = self.index()),
            1 => extra.iter_mut().for_each(|(record, _)| *record = self.index()),
            _ => recipes.push(vec![Edit::Scrub(self.index())]),
        }
    }

    fn append_edits(&mut self, script: &mut Script) {
        for recipe in &mut script.recipes {
            recipe.extend(self.edits());
        }
    }

    fn script(&mut self, records: usize) -> Script {
        let recipes: Vec<Vec<_>> = (0..=self.below(3)).map(|_| self.edits()).collect();
        let assign = (0..records).map(|_| self.below(recipes.len() + 1) as u32).collect();
        let extra = (0..self.below(4)).map(|_| (self.below(records) as u32, self.edit())).collect();
        Script { recipes, assign, extra }
    }

    fn edits(&mut self) -> Vec<Edit> {
        (0..self.below(4)).map(|_| self.edit()).collect()
    }

    fn path(&mut self) -> String {
        ["a", "message", "a.*", "*", "back", "A.b"][self.below(6)].to_owned()
    }

    fn kind(&mut self) -> String {
        ["function", "made", PLANTED][self.below(3)].to_owned()
    }

    fn place(&mut self) -> types::Place {
        match self.below(3) {
            0 => types::Place::Whole,
            1 => types::Place::Message,
            _ => types::Place::Field(self.path()),
        }
    }

    fn json(&mut self) -> String {
        match self.below(16) {
            0 => "{\"a\":".to_owned(),
            1..8 => format!("\"{PLANTED}\""),
            other => ["1", "{\"a\":[true]}", "null"][other % 3].to_owned(),
        }
    }

    fn sample(&mut self) -> types::Sample {
        types::Sample { metric: 0, value: 1.0, label_values: vec![self.json()] }
    }

    fn edit(&mut self) -> Edit {
        let path = self.path();
        match self.below(16) {
            0 | 1 => Edit::Keep,
            2 => Edit::Drop,
            3 => Edit::Scrub(self.below(2) as u32),
            4 => Edit::Hash(types::Keyed { path, key: 0 }),
            5 => Edit::Mask(types::Masked { path, keep_last: self.index() }),
            6 => Edit::Set(types::Assignment { path, value: self.json() }),
            7 => Edit::Remove(path),
            8 => Edit::Rename(types::Renaming { from: path, to: self.json() }),
            9 => Edit::Truncate(types::Cut { place: self.place(), max_bytes: self.index() }),
            10 => Edit::Label(types::Label { name: self.path(), value: self.json() }),
            11 => Edit::Unlabel(path),
            12 => Edit::Replace(self.json()),
            13 => Edit::Append(types::NewEvent { kind: self.kind(), record: self.json() }),
            _ => Edit::Count(self.sample()),
        }
    }
}

fn duplicate(part: usize, script: &mut Script) {
    let Script { recipes, assign, extra } = script;
    match part {
        0 => assign.extend_from_within(..),
        1 => recipes.iter_mut().for_each(|recipe| recipe.extend_from_within(..)),
        _ => extra.extend_from_within(..),
    }
}
