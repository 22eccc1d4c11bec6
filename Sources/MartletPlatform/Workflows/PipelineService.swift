import Foundation
import MartletCore
package import MartletPipeline
import MartletStore

/// Runs what the schedules and triggers of a project ask for, beside its server.
///
/// One part puts down what fires, another runs what was put down, one after the other; `ScheduleState` says what a crash leaves. What fails
/// is told and never ends it.
package struct PipelineService: Sendable {
    /// How often files, snapshots and other projects are looked at.
    package static let lookInterval = Duration.seconds(5)
    /// How often it is looked whether something waits for its run.
    package static let workInterval = Duration.seconds(1)
    /// The most bytes that a webhook is sent.
    package static let payloadSizeMaxBytes = 1 << 20

    /// What happens, for those who watch.
    package enum Event: Sendable {
        case began(ScheduleName, Firing)
        case ended(ScheduleName, Firing)
        case failed(ScheduleName, Firing, message: String)
        case fault(String)
    }

    /// Runs steps; throws what failed.
    package typealias Runner = @Sendable (RunRequest) async throws -> Void

    private let platform: Platform
    private let book: ScheduleBook
    private let look: TriggerLook
    private let door: WebhookDoor
    private let drifts: DriftLook
    private let clock: any RunClock
    private let runner: Runner
    private let observe: @Sendable (Event) -> Void

    /// - Parameters:
    ///   - variables: of this process, which hold the secrets of webhooks.
    ///   - runner: by default the project's own steps, where nobody else runs them.
    /// - Throws: `notFound`, `storage`; `invalidInput` where a secret is not there.
    package init(
        _ platform: Platform, variables: [String: String] = ProcessInfo.processInfo.environment, clock: any RunClock = SystemClock(),
        runner: Runner? = nil, observe: @escaping @Sendable (Event) -> Void
    ) throws {
        door = try WebhookDoor(platform.project.triggers, variables: variables)
        self.platform = platform
        self.clock = clock
        self.observe = observe
        book = ScheduleBook(platform.project)
        look = try TriggerLook(platform)
        drifts = DriftLook(platform)
        self.runner = runner ?? { request in try await ProjectPipeline(platform).run(request, waitAtMost: .zero, observe: { _ in }) }
    }

    /// Fires and runs until cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await again("schedules cannot be followed") {
                    try await fire()
                    return min(clock.now + Self.lookInterval, book.wake(after: clock.now) ?? .distantFuture)
                }
            }
            for (name, trigger) in platform.project.triggers.sorted(by: { $0.key < $1.key }) {
                group.addTask {
                    await again("the trigger '\(name)' cannot be followed") {
                        try await notice(name, trigger)
                        return clock.now + Self.lookInterval
                    }
                }
            }
            group.addTask {
                await again("what fired cannot be run") {
                    clock.now + (try await work() ? .zero : Self.workInterval)
                }
            }
        }
    }

    /// Works until cancelled, each time at the time that the last one gave; each new reason of a failure is told once.
    private func again(_ trouble: String, _ body: () async throws -> Timestamp) async {
        var reported: String?
        while !Task.isCancelled {
            var next = clock.now + Self.lookInterval
            do {
                next = try await body()
                reported = nil
            } catch {
                guard !Task.isCancelled else { return }
                let message = "\(trouble): \(error)"
                if message != reported { observe(.fault(message)) }
                reported = message
            }
            if next > clock.now { await clock.wait(until: next) }
        }
    }

    // MARK: Firing

    private var records: PipelineStore { get async throws { try await platform.tracking().pipelines } }

    /// Fires the schedules whose times have come.
    package func fire() async throws {
        let now = clock.now
        try await records.changeSchedules(at: now) { [book] in book.advance(&$0, now: now) }
    }

    /// Fires the triggers for what came or changed since they last looked.
    package func notice() async throws {
        for (name, trigger) in platform.project.triggers.sorted(by: { $0.key < $1.key }) { try await notice(name, trigger) }
    }

    private func notice(_ name: String, _ trigger: TriggerSpecification) async throws {
        if case .drift(let drift) = trigger.event { return try await judge(name, drift) }
        guard let found = try await look.found(trigger.event) else { return }
        let now = clock.now
        try await records.changeSchedules(at: now) { [book] states in
            book.advance(&states, now: now)
            states[.trigger(name)]?.notice(found, now: now)
        }
    }

    /// Judges what there is to compare, where that was not judged before: it may take a while.
    private func judge(_ name: String, _ drift: DriftSpecification) async throws {
        let now = clock.now
        let before = try await records.changeSchedules(at: now) { [book] states in
            book.advance(&states, now: now)
            return states[.trigger(name)]
        }
        guard let pair = try await drifts.pair(drift, base: before?.judged?.base, now: now), before?.hasJudged(pair.id) != true else {
            return
        }
        let judgement = try await drifts.judge(pair, drift, now: now)
        try await records.changeSchedules(at: now) { states in states[.trigger(name)]?.judge(judgement, now: now) }
    }

    /// Fires the trigger of a webhook. What it was sent is kept, once it is clear that it is taken.
    /// - Returns: the firing's id.
    /// - Throws: `WebhookRefusal` where it may not, `notFound` with the nearest name, `overloaded` where `ScheduleState.pendingCountMax`
    ///   wait, `storage`.
    package func receive(_ call: WebhookCall) async throws -> String {
        let now = clock.now
        let (name, delivery) = try door.admit(call, now: now)
        var firing = Firing(
            id: delivery ?? UUID().uuidString.lowercased(), nominalTime: now, reason: "a request of \(call.body.count) bytes")
        var state = try await records.schedules()[.trigger(name)]
        try state?.enqueue(firing, isDelivery: delivery != nil)
        if !call.body.isEmpty { firing.payload = try platform.blobs.put(call.body) }
        try await records.changeSchedules(at: now) { [book, firing] states in
            book.advance(&states, now: now)
            try states[.trigger(name)]?.enqueue(firing, isDelivery: delivery != nil)
        }
        return firing.id
    }

    // MARK: Running

    /// Runs the firing that waits longest, or gives it up.
    /// - Returns: whether the next may follow at once.
    package func work() async throws -> Bool {
        guard let due = book.due(try await records.schedules()) else { return false }
        // Asked first, so that waiting for a long run of somebody else writes nothing.
        guard !FileLock.isHeld(path: platform.home.runLockPath) else { return false }
        guard !due.isGivenUp else {
            let message = "its run was cut off \(due.firing.attemptCount) times, so it is given up; see what ends this program"
            try await end(due, failure: message)
            observe(.failed(due.name, due.firing, message: message))
            return true
        }
        try await change(due) { $0.begin(due.firing.id) }
        observe(.began(due.name, due.firing))
        var failure: String?
        do {
            try await runner(RunRequest(steps(of: due.name), cause: due.name.cause(due.firing)))
        } catch let error as MartletError where error.code == .locked {
            try await giveBack(due)
            return false
        } catch {
            guard !Task.isCancelled else {
                try await giveBack(due)
                throw CancellationError()
            }
            // Somebody stopped the run: that ends it, and nothing else.
            failure = error is CancellationError ? "it was stopped" : "\(error)"
        }
        try await end(due, failure: failure)
        observe(failure.map { .failed(due.name, due.firing, message: $0) } ?? .ended(due.name, due.firing))
        return true
    }

    private func steps(of name: ScheduleName) -> [String] {
        switch name {
        case .schedule(let name): platform.project.schedules[name]?.run ?? []
        case .trigger(let name): platform.project.triggers[name]?.run ?? []
        }
    }

    private func end(_ due: ScheduleBook.Due, failure: String?) async throws {
        let now = clock.now
        try await change(due) { $0.end(due.firing.id, at: now, failure: failure) }
    }

    private func giveBack(_ due: ScheduleBook.Due) async throws { try await change(due) { $0.giveBack(due.firing.id) } }

    /// Written also where the task is cancelled, which reads of the records do not outlive: hence a task of its own, which is waited for.
    private func change(_ due: ScheduleBook.Due, _ body: @escaping @Sendable (inout ScheduleState) -> Void) async throws {
        let (records, now) = (try await records, clock.now)
        let write = Task {
            try await records.changeSchedules(at: now) { states in
                if var state = states[due.name] {
                    body(&state)
                    states[due.name] = state
                }
            }
        }
        try await write.value
    }
}

extension ScheduleBook {
    /// The schedules and triggers of a project.
    package init(_ project: Project) {
        self.init(schedules: project.schedules.mapValues(\.schedule), triggers: project.triggers.mapValues { "\($0.event)" })
    }
}

extension Timestamp {
    /// Later than any time that is waited for.
    fileprivate static let distantFuture = Timestamp(microseconds: .max)
}
