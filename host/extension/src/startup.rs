//! From exec to a subscription: everything the platform waits for before the function may run.
//!
//! Nothing here gives up: an extension that exits, or never registers, takes the function down with it.

use std::time::Duration;

use telesieve_config::{Loaded, Telemetry};
use telesieve_engine::LoadFault;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::log::{Log, chain};
use crate::runtime_api::{CallError, Registration, RuntimeApi, Subscription};
use crate::surroundings::Initialization;

/// Newest first. All of them are parsed alike; what differs is what the platform agrees to.
const SCHEMA_VERSIONS: [&str; 3] = ["2025-01-29", "2022-12-13", "2022-07-01"];

/// Waits between attempts.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Attempts to subscribe, for as long as the API cannot be reached.
const SUBSCRIBE_ATTEMPTS: u32 = 5;

/// Waits that double.
#[derive(Debug)]
pub(crate) struct Waits(Duration);

impl Waits {
    pub(crate) fn new() -> Self {
        Self(FIRST_WAIT)
    }

    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(LONGEST_WAIT);
    }
}

/// A registration, and what it took.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) registration: Registration,
    /// How the sandbox came to be, as the platform's answers have it.
    pub(crate) initialization: Initialization,
    /// Attempts that failed.
    errors: Vec<CallError>,
}

type Subscribed = (Result<Subscription, CallError>, RuntimeApi);

/// A task that registers and subscribes, one call after the other, while its owner does something else.
#[derive(Debug)]
pub(crate) struct Startup {
    registered: oneshot::Receiver<Registered>,
    telemetry: Option<oneshot::Sender<(Telemetry, u16)>>,
    task: JoinHandle<Subscribed>,
}

impl Startup {
    /// Registers under a name.
    pub(crate) fn begin(mut api: RuntimeApi, name: String, wanted: Initialization) -> Self {
        let ((tell, registered), (send, telemetry)) = (oneshot::channel(), oneshot::channel());
        let task = tokio::spawn(async move {
            let registered = register(&mut api, &name, wanted).await;
            let identifier = registered.registration.identifier.clone();
            // The owner waits for one and gives the other; without it there is nothing to subscribe to.
            let _ = tell.send(registered);
            let Ok((telemetry, port)) = telemetry.await else { return (Ok(Subscription::Silent), api) };
            (subscribe(&mut api, &identifier, &telemetry, port).await, api)
        });
        Self { registered, telemetry: Some(send), task }
    }

    /// Says what to subscribe to and where to deliver it, once there is somebody who listens.
    pub(crate) fn subscribe(&mut self, telemetry: &Telemetry, port: u16) {
        if let Some(sender) = self.telemetry.take() {
            // It is taken once the registration went through.
            let _ = sender.send((telemetry.clone(), port));
        }
    }

    /// Waits for the registration.
    pub(crate) async fn registered(&mut self) -> Registered {
        (&mut self.registered).await.expect("the task registers before it does anything else, and is never aborted")
    }

    /// Waits for the subscription.
    pub(crate) async fn finish(self) -> Subscribed {
        self.task.await.expect("the task neither panics nor is aborted")
    }
}

/// Registers, for as long as it takes.
///
/// Managed Instances refuse INVOKE, so a refusal of the event type is answered by asking for SHUTDOWN alone.
async fn register(api: &mut RuntimeApi, name: &str, wanted: Initialization) -> Registered {
    let mut initialization = wanted;
    let mut waits = Waits::new();
    let mut errors = Vec::new();
    loop {
        let events: &[&str] = match initialization {
            Initialization::ManagedInstances => &["SHUTDOWN"],
            _ => &["INVOKE", "SHUTDOWN"],
        };
        match api.register(name, events).await {
            Ok(registration) => return Registered { registration, initialization, errors },
            Err(error) if error.is_of_type("Extension.InvalidEventType") && events.len() > 1 => {
                initialization = Initialization::ManagedInstances;
            }
            Err(error) => {
                if errors.len() < 3 {
                    errors.push(error);
                }
                waits.wait().await;
            }
        }
    }
}

/// Subscribes with the newest schema that the platform takes. `None`: it takes none, so nothing will ever come.
async fn subscribe(
    api: &mut RuntimeApi,
    identifier: &str,
    telemetry: &Telemetry,
    port: u16,
) -> Result<Subscription, CallError> {
    let mut versions = SCHEMA_VERSIONS.iter().peekable();
    let mut waits = Waits::new();
    let mut attempts = 0;
    loop {
        let version = versions.peek().copied().copied().unwrap_or(SCHEMA_VERSIONS[0]);
        let error = match api.subscribe(identifier, subscription(telemetry, version, port)).await {
            Ok(subscription) => return Ok(subscription),
            Err(error) => error,
        };
        let older_may_do = error.is_refusal() && !error.is_of_type("Telemetry.SubscriptionClosed");
        if older_may_do {
            versions.next();
        } else {
            attempts += 1;
            waits.wait().await;
        }
        if versions.peek().is_none() || attempts >= SUBSCRIBE_ATTEMPTS || (error.is_refusal() && !older_may_do) {
            return Err(error);
        }
    }
}

fn subscription(telemetry: &Telemetry, schema_version: &str, port: u16) -> String {
    serde_json::json!({
        "schemaVersion": schema_version,
        "types": telemetry.types,
        "buffering": {
            "maxItems": telemetry.max_items,
            "maxBytes": telemetry.max_bytes,
            "timeoutMs": u64::try_from(telemetry.timeout.as_millis()).unwrap_or(u64::MAX),
        },
        // The full name: a bare `sandbox` may be found in a VPC's search domain.
        "destination": { "protocol": "HTTP", "URI": format!("http://sandbox.localdomain:{port}") },
    })
    .to_string()
}

/// Says what is not as it should be.
pub(crate) fn report(
    loaded: &Loaded,
    registered: &Registered,
    faults: &[LoadFault],
    subscription: &Result<Subscription, CallError>,
    log: &mut Log,
) {
    loaded.errors.iter().for_each(|error| log.error(error));
    for error in &registered.errors {
        log.warn(format_args!("registration failed and was retried: {}", chain(error)));
    }
    faults.iter().for_each(|fault| log.error(fault));
    match subscription {
        Ok(Subscription::Delivering) => {}
        Ok(Subscription::Silent) => {
            log.warn("the Telemetry API is not supported here (HTTP 202): no telemetry will arrive");
        }
        Err(error) => log.error(format_args!(
            "failed to subscribe to the Telemetry API, no telemetry will arrive: {}",
            chain(error)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subscription_says_every_limit() {
        let body = subscription(&Telemetry::default(), "2025-01-29", 8089);
        let body: serde_json::Value = serde_json::from_str(&body).expect("it is JSON");
        assert_eq!(
            body,
            serde_json::json!({
                "schemaVersion": "2025-01-29",
                "types": ["platform", "function", "extension"],
                "buffering": {"maxItems": 1000, "maxBytes": 262_144, "timeoutMs": 25},
                "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:8089"},
            })
        );
    }
}
