import MartletRegistry
import MartletTesting
import Synchronization

extension DatabaseKind {
    /// Runs a body with a new registry and the tracking store beside it, whose clock stands at 1000 ms unless it is moved.
    @discardableResult
    func withRegistry<Result>(
        clock: HandClock = HandClock(), loggedModels: (any LoggedModelLookup)? = nil, sourcePattern: String? = nil,
        isolation: isolated (any Actor)? = #isolation, _ body: (ModelRegistry, TrackingStore) async throws -> Result
    ) async throws -> Result {
        try await withStore(clock: clock) { store in
            try await body(try await ModelRegistry(store, loggedModels: loggedModels, sourcePattern: sourcePattern), store)
        }
    }
}

extension ModelRegistry {
    /// Makes a model with some versions.
    func makeModel(_ name: String = "m", versions count: Int = 0) async throws {
        _ = try await createModel(name)
        for number in 0..<count { try await makeVersion(of: name, source: "s3://bucket/\(name)/\(number + 1)") }
    }

    @discardableResult
    func makeVersion(of name: String = "m", source: String = "s3://bucket/x", run: String? = nil) async throws -> ModelVersion {
        try await createVersion(ModelVersionDraft(model: name, source: source, run: run))
    }
}

/// Logged models in memory.
final class LoggedModels: LoggedModelLookup {
    let places: [String: LoggedModelPlace]
    private let notes = Mutex<[String]>([])

    init(_ places: [String: LoggedModelPlace]) { self.places = places }

    /// What was noted, as `model/version id`.
    var noted: [String] { notes.withLock { $0 } }

    func loggedModel(_ id: String, in session: TrackingSession) -> LoggedModelPlace? { places[id] }

    func note(version: Int64, of model: String, on id: String, in session: TrackingSession) {
        notes.withLock { $0.append("\(model)/\(version) \(id)") }
    }
}
