//! The extensions of a sandbox and what each may do next.
//!
//! Pure: no clock, no I/O. The state machine is that of the platform: `Started` → `Registered` → `Ready` ⇄ `Running`,
//! and dead ends for error reports and exits. Who waits for a state does so in [`crate::platform`].

use std::time::Instant;

use tokio::sync::oneshot;

use crate::ids;
use crate::refusal::Refusal;

/// Most extensions of a sandbox, external and internal together.
const MAX_EXTENSIONS: usize = 10;

/// State of an extension, by the platform's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its process runs.
    Started,
    /// It has registered.
    Registered,
    /// It waits for an event.
    Ready,
    /// It has an event.
    Running,
    /// It reported that it could not initialise.
    InitError,
    /// It reported that it gave up.
    ExitError,
    /// It could not be executed.
    LaunchError,
    /// Its process has ended.
    Exited,
}

impl Phase {
    /// The platform's word, as in `platform.extension`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::Registered => "Registered",
            Self::Ready => "Ready",
            Self::Running => "Running",
            Self::InitError => "InitError",
            Self::ExitError => "ExitError",
            Self::LaunchError => "LaunchError",
            Self::Exited => "Exited",
        }
    }
}

/// What Next answers.
#[derive(Debug)]
pub(crate) struct NextEvent {
    pub(crate) body: String,
    /// `Lambda-Extension-Event-Identifier`; SHUTDOWN has none.
    pub(crate) id: Option<String>,
}

/// A registration, as it was asked for.
pub(crate) struct Registration<'a> {
    pub(crate) name: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) managed: bool,
}

/// One extension.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) external: bool,
    id: String,
    pub(crate) phase: Phase,
    pub(crate) invoke: bool,
    pub(crate) shutdown: bool,
    waiting: Option<oneshot::Sender<NextEvent>>,
    queued: Option<NextEvent>,
    pub(crate) told_to_stop: bool,
    pub(crate) first_next: Option<Instant>,
    pub(crate) last_next: Option<Instant>,
    pub(crate) subscribed: bool,
    pub(crate) error_type: Option<String>,
}

impl Member {
    fn new(name: &str, external: bool) -> Self {
        Self {
            name: name.to_owned(),
            external,
            id: String::new(),
            phase: Phase::Started,
            invoke: false,
            shutdown: false,
            waiting: None,
            queued: None,
            told_to_stop: false,
            first_next: None,
            last_next: None,
            subscribed: false,
            error_type: None,
        }
    }

    /// Events it registered for.
    pub(crate) fn events(&self) -> Vec<&'static str> {
        [(self.invoke, "INVOKE"), (self.shutdown, "SHUTDOWN")].into_iter().filter(|e| e.0).map(|e| e.1).collect()
    }

    /// Whether it can take no further part.
    pub(crate) fn dead(&self) -> bool {
        matches!(self.phase, Phase::InitError | Phase::ExitError | Phase::LaunchError | Phase::Exited)
    }

    /// Gives it an event: as the answer to the Next that waits, or to the one that will come.
    fn give(&mut self, event: NextEvent) {
        let undelivered = match self.waiting.take() {
            None => Some(event),
            Some(waiting) => waiting.send(event).err(),
        };
        if undelivered.is_none() && !self.dead() {
            self.phase = Phase::Running;
        }
        self.queued = undelivered;
    }

    fn wait(&mut self) -> oneshot::Receiver<NextEvent> {
        let (sender, receiver) = oneshot::channel();
        self.waiting = Some(sender);
        self.phase = Phase::Ready;
        if let Some(event) = self.queued.take() {
            self.give(event);
        }
        receiver
    }
}

/// All extensions of a sandbox.
#[derive(Debug)]
pub(crate) struct Members {
    list: Vec<Member>,
    pub(crate) open: bool,
}

impl Members {
    pub(crate) fn new() -> Self {
        Self { list: Vec::new(), open: true }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.list.iter()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Member> {
        self.list.iter().find(|member| member.name == name)
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut Member> {
        self.list.iter_mut().find(|member| member.name == name)
    }

    /// An external extension was started.
    pub(crate) fn launched(&mut self, name: &str) {
        self.list.push(Member::new(name, true));
    }

    /// It could not be executed.
    pub(crate) fn launch_failed(&mut self, name: &str, error_type: &str) {
        if let Some(member) = self.get_mut(name) {
            member.phase = Phase::LaunchError;
            member.error_type = Some(error_type.to_owned());
        }
    }

    /// The process of an extension has ended.
    pub(crate) fn exited(&mut self, name: &str) {
        if let Some(member) = self.get_mut(name) {
            member.waiting = None;
            member.queued = None;
            member.phase = Phase::Exited;
        }
    }

    /// Registers an extension and returns its identifier.
    pub(crate) fn register(&mut self, asked: &Registration<'_>) -> Result<String, Refusal> {
        if asked.name.is_empty() {
            return Err(Refusal::forbidden("Extension.InvalidExtensionName", "empty extension name"));
        }
        let external = self.get(asked.name).is_some_and(|member| member.external);
        let (invoke, shutdown) = events(asked, external)?;
        self.admit(asked.name)?;
        let member = match self.list.iter_mut().find(|member| member.name == asked.name) {
            Some(member) => member,
            None => {
                self.list.push(Member::new(asked.name, false));
                self.list.last_mut().expect("pushed just now")
            }
        };
        (member.invoke, member.shutdown) = (invoke, shutdown);
        member.phase = Phase::Registered;
        member.id = ids::uuid();
        Ok(member.id.clone())
    }

    fn admit(&self, name: &str) -> Result<(), Refusal> {
        if !self.open {
            return Err(Refusal::forbidden("Extension.RegistrationClosed", "extension registration is closed"));
        }
        match self.get(name) {
            Some(member) if member.phase != Phase::Started => Err(wrong_state(member, "register")),
            None if self.list.len() >= MAX_EXTENSIONS => {
                Err(Refusal::forbidden("Extension.TooManyExtensions", "extension limit (10) reached"))
            }
            _ => Ok(()),
        }
    }

    /// Finds the extension that an identifier header names.
    pub(crate) fn identify(&mut self, id: Option<&str>) -> Result<&mut Member, Refusal> {
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            return Err(Refusal::forbidden("Extension.MissingExtensionIdentifier", "missing identifier header"));
        };
        if !ids::is_uuid(id) {
            return Err(Refusal::forbidden("Extension.InvalidExtensionIdentifier", "malformed identifier"));
        }
        let found = self.list.iter_mut().find(|member| member.id == id);
        found.ok_or_else(|| Refusal::forbidden("Extension.UnknownExtensionIdentifier", "unknown identifier"))
    }

    /// Next: done with what was before, ready for what comes.
    pub(crate) fn next(&mut self, id: Option<&str>, now: Instant) -> Result<oneshot::Receiver<NextEvent>, Refusal> {
        let member = self.identify(id)?;
        let pending = member.waiting.as_ref().is_some_and(|waiting| !waiting.is_closed());
        if pending || member.dead() || member.phase == Phase::Started || member.told_to_stop && member.queued.is_none()
        {
            return Err(wrong_state(member, "next"));
        }
        member.first_next.get_or_insert(now);
        member.last_next = Some(now);
        Ok(member.wait())
    }

    /// `init/error` or `exit/error`.
    pub(crate) fn report_error(
        &mut self,
        target: Phase,
        id: Option<&str>,
        error_type: Option<&str>,
    ) -> Result<(), Refusal> {
        let member = self.identify(id)?;
        let Some(error_type) = error_type.filter(|text| !text.is_empty()) else {
            return Err(Refusal::forbidden("Extension.MissingHeader", "missing function error type header"));
        };
        let allowed = match target {
            Phase::InitError => matches!(member.phase, Phase::Registered | Phase::InitError),
            _ => !matches!(member.phase, Phase::InitError | Phase::Exited | Phase::Started),
        };
        if !allowed {
            return Err(wrong_state(member, "error report"));
        }
        member.phase = target;
        member.error_type = Some(error_type.to_owned());
        Ok(())
    }

    /// INVOKE, to everyone who registered for it.
    pub(crate) fn invoke(&mut self, body: &str) {
        for member in self.list.iter_mut().filter(|member| member.invoke && !member.dead()) {
            member.give(NextEvent { body: body.to_owned(), id: Some(ids::uuid()) });
        }
    }

    /// SHUTDOWN, to everyone who registered for it.
    pub(crate) fn shutdown(&mut self, body: &str) {
        for member in self.list.iter_mut().filter(|member| member.shutdown && !member.dead()) {
            member.give(NextEvent { body: body.to_owned(), id: None });
            member.told_to_stop = true;
        }
    }

    /// Whether all external extensions have registered.
    pub(crate) fn all_registered(&self) -> bool {
        self.list.iter().all(|member| member.phase != Phase::Started)
    }

    /// Whether nobody is at work. Those who registered for nothing count in init only, where they are `Registered`.
    pub(crate) fn all_ready(&self) -> bool {
        self.list.iter().all(|member| member.phase == Phase::Ready)
    }

    /// The first one that broke down.
    pub(crate) fn broken(&self) -> Option<&Member> {
        self.list.iter().find(|member| member.dead())
    }
}

fn wrong_state(member: &Member, call: &str) -> Refusal {
    let message = format!("{call} is not possible in state {}", member.phase.as_str());
    Refusal::forbidden("Extension.InvalidExtensionState", message)
}

/// Reads and checks the `events` of a registration: INVOKE, SHUTDOWN.
fn events(asked: &Registration<'_>, external: bool) -> Result<(bool, bool), Refusal> {
    let body: serde_json::Value =
        serde_json::from_slice(asked.body).map_err(|e| Refusal::forbidden("InvalidRequestFormat", e.to_string()))?;
    if !body.is_object() || body.get("configurationKeys").is_some() {
        return Err(Refusal::forbidden("InvalidRequestFormat", "unexpected body"));
    }
    let none = Vec::new();
    let events = body.get("events").and_then(serde_json::Value::as_array).unwrap_or(&none);
    let mut wanted = (false, false);
    for event in events {
        match event.as_str() {
            Some("INVOKE") if !asked.managed => wanted.0 = true,
            Some("SHUTDOWN") if external => wanted.1 = true,
            _ => return Err(Refusal::forbidden("Extension.InvalidEventType", format!("{event} is not possible here"))),
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const BOTH: &[u8] = br#"{"events":["INVOKE","SHUTDOWN"]}"#;

    fn ask<'a>(name: &'a str, body: &'a [u8]) -> Registration<'a> {
        Registration { name, body, managed: false }
    }

    fn one() -> (Members, String) {
        let mut members = Members::new();
        members.launched("shipper");
        let id = members.register(&ask("shipper", BOTH)).unwrap();
        (members, id)
    }

    fn refused<T: std::fmt::Debug>(result: Result<T, Refusal>, error_type: &str) {
        let refusal = result.unwrap_err();
        assert_eq!((refusal.status, refusal.error_type), (403, error_type));
    }

    #[test]
    fn registers_once_and_only_in_time() {
        let (mut members, _) = one();
        refused(members.register(&ask("shipper", BOTH)), "Extension.InvalidExtensionState");
        refused(members.register(&ask("", BOTH)), "Extension.InvalidExtensionName");
        refused(members.register(&ask("other", b"not json")), "InvalidRequestFormat");
        refused(members.register(&ask("other", br#"{"events":["NOISE"]}"#)), "Extension.InvalidEventType");
        members.open = false;
        refused(members.register(&ask("other", b"{}")), "Extension.RegistrationClosed");
    }

    #[test]
    fn an_unknown_name_is_an_internal_extension() {
        let (mut members, _) = one();
        refused(members.register(&ask("renamed", BOTH)), "Extension.InvalidEventType");
        members.register(&ask("renamed", br#"{"events":["INVOKE"]}"#)).unwrap();
        assert!(!members.get("renamed").unwrap().external);
    }

    #[test]
    fn the_eleventh_is_refused() {
        let (mut members, _) = one();
        for number in 0..9 {
            members.register(&ask(&format!("tracer-{number}"), b"{}")).unwrap();
        }
        refused(members.register(&ask("one-too-many", b"{}")), "Extension.TooManyExtensions");
    }

    #[test]
    fn managed_instances_know_no_invoke() {
        let mut members = Members::new();
        members.launched("shipper");
        let managed = |body| Registration { name: "shipper", body, managed: true };
        refused(members.register(&managed(BOTH)), "Extension.InvalidEventType");
        members.register(&managed(br#"{"events":["SHUTDOWN"]}"#)).unwrap();
    }

    #[test]
    fn next_hands_out_events_one_at_a_time() {
        let (mut members, id) = one();
        let now = Instant::now();
        let mut first = members.next(Some(&id), now).unwrap();
        assert!(members.all_ready());
        refused(members.next(Some(&id), now), "Extension.InvalidExtensionState");
        members.invoke("INVOKE");
        assert_eq!(first.try_recv().unwrap().body, "INVOKE");
        assert!(!members.all_ready());
        members.shutdown("SHUTDOWN");
        let mut second = members.next(Some(&id), now).unwrap();
        assert_eq!(second.try_recv().unwrap().body, "SHUTDOWN");
        refused(members.next(Some(&id), now), "Extension.InvalidExtensionState");
    }

    #[test]
    fn a_next_that_was_hung_up_does_not_count() {
        let (mut members, id) = one();
        drop(members.next(Some(&id), Instant::now()).unwrap());
        members.invoke("INVOKE");
        let mut again = members.next(Some(&id), Instant::now()).unwrap();
        assert_eq!(again.try_recv().unwrap().body, "INVOKE");
    }

    #[test]
    fn identifiers_are_checked() {
        let (mut members, _) = one();
        let now = Instant::now();
        refused(members.next(None, now), "Extension.MissingExtensionIdentifier");
        refused(members.next(Some("x"), now), "Extension.InvalidExtensionIdentifier");
        refused(members.next(Some(&ids::uuid()), now), "Extension.UnknownExtensionIdentifier");
    }

    #[test]
    fn error_reports_end_everything() {
        let (mut members, id) = one();
        refused(members.report_error(Phase::InitError, Some(&id), None), "Extension.MissingHeader");
        members.report_error(Phase::InitError, Some(&id), Some("Extension.Config")).unwrap();
        members.report_error(Phase::InitError, Some(&id), Some("Extension.Config")).unwrap();
        refused(members.next(Some(&id), Instant::now()), "Extension.InvalidExtensionState");
    }

    #[test]
    fn an_init_error_is_too_late_after_next() {
        let (mut members, id) = one();
        let _waiting = members.next(Some(&id), Instant::now()).unwrap();
        let late = members.report_error(Phase::InitError, Some(&id), Some("Extension.Config"));
        refused(late, "Extension.InvalidExtensionState");
    }
}
