import MartletCore

@testable import MartletPipeline

/// Plays a graph to its end: each attempt takes as long as is said, and fails where that is said.
struct RunPlay {
    static let begin = Timestamp(microseconds: 0)

    var engine: RunEngine
    var now = RunPlay.begin
    var launched: [(id: StepID, at: Timestamp)] = []
    var running: [(id: StepID, until: Timestamp)] = []
    var wakes: [Timestamp] = []
    var usedMax = Resources.none
    var outcomes: [StepID: StepOutcome] = [:]
    /// What failed and is tried again when all else is done.
    var parked: [StepID] = []
    /// Resources whose breakers opened.
    var rests: [String] = []
    var isFinished = false

    let seconds: (StepID) -> Double
    let resources: (StepID) -> Resources
    let failure: (StepID, Int) -> StepFailure?
    let dynamic: [String: [String: [String]]]
    private var attempts: [StepID: Int] = [:]

    init(
        _ steps: [Step], cores: Double = 2, options: RunEngine.Options = .init(), seconds: @escaping (StepID) -> Double = { _ in 1 },
        known: Bool = false, resources: @escaping (StepID) -> Resources = { _ in Resources(cores: 1) },
        failure: @escaping (StepID, Int) -> StepFailure? = { _, _ in nil }, dynamic: [String: [String: [String]]] = [:]
    ) throws {
        engine = RunEngine(
            try StepGraph(steps), capacity: Resources(cores: cores, memoryBytes: 1 << 40, named: ["api": 4]), options: options,
            seconds: { known ? seconds(StepID($0.name)) : nil })
        (self.seconds, self.resources, self.failure, self.dynamic) = (seconds, resources, failure, dynamic)
    }

    mutating func play(cancelAt: Timestamp? = nil) {
        take(engine.handle(.began, at: now))
        while !isFinished {
            let next = (running.map(\.until) + wakes + (cancelAt.map { [$0] } ?? [])).filter { $0 >= now }.min()
            guard let next else { return }
            now = next
            wakes.removeAll { $0 <= now }
            if now == cancelAt { take(engine.handle(.cancel, at: now)) }
            let ended = running.filter { $0.until <= now }
            running.removeAll { $0.until <= now }
            for (id, _) in ended {
                if let failure = failure(id, attempts[id] ?? 0) {
                    take(engine.handle(.failed(id, failure), at: now))
                } else {
                    take(engine.handle(.succeeded(id), at: now))
                }
            }
            take(engine.handle(.woke, at: now))
            if now == cancelAt, running.isEmpty, wakes.isEmpty, !isFinished { return }
        }
    }

    private mutating func take(_ actions: [RunEngine.Action]) {
        for action in actions {
            switch action {
            case .expand(let step): take(engine.handle(.expanded(step: step, values: dynamic[step] ?? [:]), at: now))
            case .prepare(let ids):
                let found = ids.map { ($0, RunEngine.Preparation.stale(seconds: seconds($0), resources: resources($0))) }
                take(engine.handle(.prepared(found), at: now))
            case .launch(let id, let attempt, _):
                attempts[id] = attempt
                launched.append((id, now))
                running.append((id, now + .seconds(seconds(id))))
                let used = running.reduce(Resources.none) { $0 + resources($1.id) }
                usedMax = Resources(cores: max(usedMax.cores, used.cores), memoryBytes: max(usedMax.memoryBytes, used.memoryBytes))
            case .stop(let id):
                running.removeAll { $0.id == id }
                take(engine.handle(.failed(id, StepFailure(.cancelled, "stopped")), at: now))
            case .wake(let time): wakes.append(time)
            case .settled(let id, let outcome): outcomes[id] = outcome
            case .retries(let id, _, nil): parked.append(id)
            case .retries: break
            case .rests(let resource, _): rests.append(resource)
            case .finished: isFinished = true
            }
        }
    }

    var makespan: Double { (now - RunPlay.begin) / .seconds(1) }
    var order: [String] { launched.map(\.id.description) }
}
