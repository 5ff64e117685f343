//! The composition root: reads the surroundings, puts the parts together, and runs them.

use std::process::ExitCode;
use std::time::Instant;

use telesieve_config::{LogLevel, ProcessEnvironment, Telemetry, load};
use telesieve_core::FunctionIdentity;
use telesieve_engine::Loading;
use telesieve_sinks::Aws;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::keys;
use crate::lifecycle::Lifecycle;
use crate::listener::{self, Queue};
use crate::log::Log;
use crate::message::Message;
use crate::own_secrets::OwnSecrets;
use crate::pipeline::Pipeline;
use crate::runtime_api::{Registration, RuntimeApi, Subscription};
use crate::sinks;
use crate::startup::{self, Startup, Waits};
use crate::surroundings::{self, Initialization};

/// `EX_USAGE`: this is no Lambda sandbox.
const NOT_IN_LAMBDA: u8 = 64;

/// Runs the extension until the platform ends the sandbox.
#[must_use]
pub fn run() -> ExitCode {
    let started = Instant::now();
    surroundings::close_to_others();
    let authority = surroundings::variable("AWS_LAMBDA_RUNTIME_API");
    let mut log = Log::new(LogLevel::default());
    if authority.is_empty() {
        log.error("AWS_LAMBDA_RUNTIME_API is not set: the extension runs only in a Lambda sandbox; use `telesieve run` to emulate one");
        return ExitCode::from(NOT_IN_LAMBDA);
    }
    // One thread: the sandbox of a small function has less than a tenth of a core.
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            runtime.block_on(extension(RuntimeApi::new(&authority), started));
            // A name server that hangs must not hold up the end.
            runtime.shutdown_background();
        }
        Err(error) => log.error(format_args!("failed to start the async runtime: {error}")),
    }
    ExitCode::SUCCESS
}

/// The function waits until every extension has asked for its first event, so everything up to there is done while the
/// platform makes up its mind about the last call, and what can wait is done after it.
async fn extension(api: RuntimeApi, started: Instant) {
    let mut startup = Startup::begin(api, surroundings::extension_name(), Initialization::from_environment());
    hear_the_platform().await;
    let loaded = load(&ProcessEnvironment);
    let mut log = Log::new(loaded.config.log.level);
    let (inbox, mut messages) = unbounded_channel();
    let (port, queue) = listen(&loaded.config.telemetry, &inbox).await;
    startup.subscribe(&loaded.config.telemetry, port);
    let registered = startup.registered().await;
    let (subscribed, api) = startup.finish().await;
    let ask_next = spawn_next(api, registered.registration.identifier.clone(), inbox.clone());
    hear_the_platform().await;
    tokio::spawn(hear_signals(inbox.clone()));

    let ready = started.elapsed();
    let mut loading = Loading::new(&loaded.config.transforms, &loaded.folder);
    while loading.step() {
        hear_the_platform().await;
    }
    let function = function(&registered.registration);
    let aws = Aws::from_environment(&loaded.config.secrets);
    let keys = keys::read(&loaded.config.keys, &aws, &mut log).await;
    let (chain, faults) = loading.finish(&keys, &function);
    drop(keys);
    startup::report(&loaded, &registered, &faults, &subscribed, &mut log);
    let own_secrets = OwnSecrets::new(&loaded.config, &aws, surroundings::variables());
    own_secrets.fetch_role_keys();
    let mut pipeline = Pipeline::new(&loaded.config, chain, own_secrets, function, surroundings::sandbox_id());
    crate::reports::start(&mut pipeline.registry, &loaded, &faults, ready);
    let sinks = sinks::configured(&loaded.config, &pipeline.function, pipeline.sandbox(), &aws, &mut log);
    let mut lifecycle = Lifecycle::new(&loaded.config, sinks, pipeline, log, inbox, ask_next);
    lifecycle.initialized(registered.initialization);
    if !matches!(subscribed, Ok(Subscription::Delivering)) {
        lifecycle.policy.cannot_see_the_end();
    }
    let shutdown = lifecycle.run(&mut messages).await;
    lifecycle.shut_down(&shutdown, &mut messages, &queue).await;
}

/// Lets the tasks that talk with the platform take what has come in and send what is due, and the platform read it: most
/// sandboxes have one processor or less, and whoever was just written to waits until it is free.
async fn hear_the_platform() {
    // An answer may wake a task that wakes another.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    std::thread::yield_now();
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

/// Binds the listener, which has to be there before the platform is asked for telemetry. Returns its port, 0 if there is
/// none, and the queue behind it.
async fn listen(telemetry: &Telemetry, inbox: &UnboundedSender<Message>) -> (u16, Queue) {
    let queue = Queue::new(telemetry.max_queue_bytes, telemetry.max_body_bytes);
    let Ok(listener) = listener::bind(telemetry.port).await else { return (0, queue) };
    let port = listener.local_addr().map_or(0, |address| address.port());
    tokio::spawn(listener::serve(listener, queue.clone(), inbox.clone()));
    (port, queue)
}

/// Lambda sends no signal but SIGKILL to an extension; a container that is stopped, and a terminal, do.
async fn hear_signals(inbox: UnboundedSender<Message>) {
    // Where no handler can be set up, the signal ends the process, as it does by default.
    let Ok(mut terminated) = signal(SignalKind::terminate()) else { return };
    while terminated.recv().await.is_some() && inbox.send(Message::Terminated).is_ok() {}
}

/// A task that asks for the next event, at once and then whenever it is told to, and goes on asking until it has one.
fn spawn_next(mut api: RuntimeApi, identifier: String, inbox: UnboundedSender<Message>) -> UnboundedSender<()> {
    let (ask, mut asked) = unbounded_channel();
    tokio::spawn(async move {
        loop {
            let mut waits = Waits::new();
            let event = loop {
                match api.next(&identifier).await {
                    Ok(event) => break event,
                    Err(error) => {
                        // The owner is gone only when the process is about to end.
                        let _ = inbox.send(Message::NextFailed(error));
                        waits.wait().await;
                    }
                }
            };
            if inbox.send(Message::Next(event)).is_err() || asked.recv().await.is_none() {
                return;
            }
        }
    });
    ask
}
