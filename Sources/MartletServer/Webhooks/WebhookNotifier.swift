import MartletCore
package import MartletRegistry
import Synchronization

/// Tells webhooks what happens, in the background: who notifies never waits, and is never refused.
///
/// Messages wait in memory, at most `WebhookOptions.queueCountMax` of them; what waits when the server ends is lost, as in MLflow.
package final class WebhookNotifier: Sendable {
    /// How many deliveries came to what.
    package struct Counts: Sendable, Equatable {
        /// Answered with a status below 400.
        package var delivered = 0
        /// Refused, or not answered.
        package var failed = 0
        /// Not even tried, as too much waited.
        package var dropped = 0
    }

    /// What became of a test.
    package enum TestResult: Sendable, Equatable {
        case answered(status: Int, body: String)
        case failed(String)
    }

    private enum Job: Sendable {
        case message(WebhookMessage)
        case delivery(WebhookMessage, Webhook)
    }

    private let store: WebhookStore
    private let delivery: WebhookDelivery
    private let deliveryCountMax: Int
    private let jobs: AsyncStream<Job>
    private let queue: AsyncStream<Job>.Continuation
    private let state = Mutex(Counts())
    private let report: @Sendable (String) -> Void
    /// The webhooks of which was reported that their secrets cannot be opened.
    private let reported = Mutex<Set<String>>([])

    init(
        _ store: WebhookStore, _ options: WebhookOptions, _ delivery: WebhookDelivery,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.store = store
        self.delivery = delivery
        self.report = report
        deliveryCountMax = max(1, options.deliveryCountMax)
        (jobs, queue) = AsyncStream<Job>.makeStream(bufferingPolicy: .bufferingOldest(max(1, options.queueCountMax)))
    }

    /// Makes a notifier that delivers over HTTP. Nothing is delivered before `run()`.
    /// - Parameter report: is told once of each webhook that is told nothing, as its secret cannot be opened.
    package convenience init(_ store: WebhookStore, _ gate: WebhookGate, report: @escaping @Sendable (String) -> Void = { _ in }) {
        let retries = WebhookRetries(countMax: gate.options.retryCountMax)
        self.init(store, gate.options, WebhookDelivery(sender: HTTPWebhookSender(gate: gate), retries: retries), report: report)
    }

    /// Reports the webhooks whose secrets cannot be opened, before there is anything to tell them.
    package func check() async throws {
        for webhook in try await store.signed() {
            _ = try? secret(of: webhook)  // it was reported
        }
    }

    package var counts: Counts { state.withLock { $0 } }

    /// Tells the webhooks of an event, some time.
    package func notify(_ message: WebhookMessage) { enqueue(.message(message)) }

    private func enqueue(_ job: Job) {
        if case .enqueued = queue.yield(job) { return }
        state.withLock { $0.dropped += 1 }
    }

    /// Delivers until the task is cancelled. To be called once.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            var count = 0
            for await job in jobs {
                if count == deliveryCountMax {
                    _ = await group.next()
                    count -= 1
                }
                group.addTask { await self.perform(job) }
                count += 1
            }
        }
    }

    private func perform(_ job: Job) async {
        do {
            switch job {
            case .message(let message):
                for webhook in try await store.subscribers(of: message.event) { enqueue(.delivery(message, webhook)) }
            case .delivery(let message, let webhook):
                let answer = try await delivery.deliver(message, to: webhook, secret: secret(of: webhook))
                state.withLock { if answer.status < 400 { $0.delivered += 1 } else { $0.failed += 1 } }
            }
        } catch {
            // Nobody waits for a delivery, so that a failure is only counted.
            state.withLock { $0.failed += 1 }
        }
    }

    private func secret(of webhook: Webhook) throws -> WebhookSecret? {
        do {
            return try store.secret(of: webhook)
        } catch {
            if reported.withLock({ $0.insert(webhook.id).inserted }) { report("\(error)") }
            throw error
        }
    }

    /// Sends an example to a webhook, also a disabled one, and waits for what becomes of it.
    /// - Parameter event: of which; `nil` for the first of the webhook.
    package func test(_ webhook: Webhook, event: WebhookEvent? = nil) async throws -> TestResult {
        guard let event = event ?? webhook.events.first else {
            return .failed("Failed to test webhook: it has no events")
        }
        do {
            let answer = try await delivery.deliver(.example(of: event), to: webhook, secret: secret(of: webhook))
            return .answered(status: answer.status, body: answer.body)
        } catch let error as CancellationError {
            throw error
        } catch let fault as TrackingFault {
            return .failed("Failed to test webhook: \(fault.message)")
        } catch {
            return .failed("Failed to test webhook: \((error as? MartletError)?.message ?? "\(error)")")
        }
    }
}
