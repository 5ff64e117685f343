//! The composition root: reads the surroundings, puts the parts together, and runs them.

use std::process::ExitCode;
use std::time::Instant;

use telesieve_config::{FlushMode, Loaded, ProcessEnvironment, load};
use telesieve_core::FunctionIdentity;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::lifecycle::Lifecycle;
use crate::listener::{self, Queue};
use crate::log::Log;
use crate::message::Message;
use crate::pipeline::Pipeline;
use crate::runtime_api::{CallError, Registration, RuntimeApi, Subscription};
use crate::startup::{self, Waits};
use crate::surroundings::{self, Initialization};

/// `EX_USAGE`: this is no Lambda sandbox.
const NOT_IN_LAMBDA: u8 = 64;

/// Runs the extension until the platform ends the sandbox.
#[must_use]
pub fn run() -> ExitCode {
    let started = Instant::now();
    let authority = surroundings::variable("AWS_LAMBDA_RUNTIME_API");
    let mut loaded = load(&ProcessEnvironment);
    let mut log = Log::new(loaded.config.log.level);
    if authority.is_empty() {
        log.error("AWS_LAMBDA_RUNTIME_API is not set: this program runs in a Lambda sandbox; see `telesieve run`");
        return ExitCode::from(NOT_IN_LAMBDA);
    }
    for mistake in &loaded.mistakes {
        log.error(mistake);
    }
    // One thread: the sandbox of a small function has less than a tenth of a core.
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            runtime.block_on(extension(RuntimeApi::new(&authority), &mut loaded, log, started));
            // A name server that hangs must not hold up the end.
            runtime.shutdown_background();
        }
        Err(error) => log.error(format_args!("failed to start: {error}")),
    }
    ExitCode::SUCCESS
}

async fn extension(mut api: RuntimeApi, loaded: &mut Loaded, mut log: Log, started: Instant) {
    let name = surroundings::extension_name();
    let wanted = Initialization::from_environment();
    let (registration, initialization, errors) = startup::register(&mut api, &name, wanted).await;
    for error in &errors {
        log.warn(format_args!("had to register again: {}", crate::log::chain(error)));
    }
    if initialization == Initialization::ManagedInstances {
        loaded.config.flush.mode = FlushMode::Interval;
    }
    let (inbox, mut messages) = unbounded_channel();
    let function = function(&registration);
    let identifier = registration.identifier;
    let subscription = subscribe(api, identifier.clone(), loaded, &inbox).await;
    // Transforms are loaded while the platform makes up its mind.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    let (mut pipeline, faults) = Pipeline::new(loaded, function, surroundings::sandbox_id());
    for fault in &faults {
        log.error(fault);
    }
    crate::reports::start(&mut pipeline.registry, loaded, &faults);
    if initialization == Initialization::ManagedInstances {
        pipeline.managed_instances();
    }
    let (subscribed, api) = finish(subscription).await;
    startup::report(&subscribed, &mut log);

    let ask_next = spawn_next(api, identifier, inbox.clone());
    let mut lifecycle = Lifecycle::new(&loaded.config, pipeline, log, inbox, ask_next);
    if !matches!(subscribed, Ok(Subscription::Delivering)) {
        lifecycle.policy.cannot_see_the_end();
    }
    if initialization == Initialization::SnapStart {
        lifecycle.in_snapshot();
    }
    crate::reports::ready(&mut lifecycle.pipeline.registry, started.elapsed());
    live(&mut lifecycle, &mut messages).await;
}

/// The function as the environment knows it, and as the API does where the environment is silent.
fn function(registration: &Registration) -> FunctionIdentity {
    let mut function = surroundings::function();
    for (field, value) in [
        (&mut function.name, &registration.function_name),
        (&mut function.version, &registration.function_version),
        (&mut function.account_id, &registration.account_id),
    ] {
        if field.is_empty() {
            field.clone_from(value);
        }
    }
    function
}

async fn live(lifecycle: &mut Lifecycle, messages: &mut UnboundedReceiver<Message>) {
    let shutdown = lifecycle.run(messages).await;
    lifecycle.shut_down(&shutdown, messages).await;
}

type Subscribing = tokio::task::JoinHandle<(Result<Subscription, CallError>, RuntimeApi)>;

/// Binds the listener, which has to be there before the platform is asked for telemetry, and asks.
async fn subscribe(
    mut api: RuntimeApi,
    identifier: String,
    loaded: &Loaded,
    inbox: &UnboundedSender<Message>,
) -> Subscribing {
    let telemetry = loaded.config.telemetry.clone();
    let bound = listener::bind(telemetry.port).await;
    let port = bound.as_ref().ok().and_then(|listener| listener.local_addr().ok()).map_or(0, |address| address.port());
    if let Ok(listener) = bound {
        serve(listener, &telemetry, inbox);
    }
    tokio::spawn(async move {
        let result = startup::subscribe(&mut api, &identifier, &telemetry, port).await;
        (result, api)
    })
}

fn serve(listener: TcpListener, telemetry: &telesieve_config::Telemetry, inbox: &UnboundedSender<Message>) {
    let queue = Queue::new(telemetry.max_queue_bytes, telemetry.max_body_bytes);
    tokio::spawn(listener::serve(listener, queue, inbox.clone()));
}

async fn finish(subscription: Subscribing) -> (Result<Subscription, CallError>, RuntimeApi) {
    // The task neither panics nor is aborted. Were it so, the function would still come first.
    match subscription.await {
        Ok(finished) => finished,
        Err(_) => (Err(CallError::Answer), RuntimeApi::new(&surroundings::variable("AWS_LAMBDA_RUNTIME_API"))),
    }
}

/// A task that asks for the next event whenever it is told to, and goes on asking until it has one.
fn spawn_next(mut api: RuntimeApi, identifier: String, inbox: UnboundedSender<Message>) -> UnboundedSender<()> {
    let (ask, mut asked) = unbounded_channel();
    tokio::spawn(async move {
        while asked.recv().await.is_some() {
            let mut waits = Waits::new();
            let event = loop {
                match api.next(&identifier).await {
                    Ok(event) => break event,
                    Err(_) => waits.wait().await,
                }
            };
            if inbox.send(Message::Next(event)).is_err() {
                return;
            }
        }
    });
    ask
}
