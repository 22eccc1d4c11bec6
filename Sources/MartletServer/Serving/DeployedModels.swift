import Dispatch
import Foundation
import MartletCore
import MartletInference
import MartletPlatform
import MartletRegistry
import MartletStore
import Synchronization

/// The registered models that are deployed in a home, loaded: follows the pointers, and tells the history what answers.
///
/// Each name is loaded by itself, so that one that takes long holds up no other. A version is loaded beside the one that answers, and takes
/// its place when it is ready; where it cannot be loaded, the one before goes on, and it is tried again.
final class DeployedModels: Sendable {
    /// After how long loading what could not be loaded is tried again.
    static let retryInterval = Duration.seconds(60)

    /// What happens, for those who watch.
    enum Event: Sendable {
        case switched(name: String, address: String, summary: String, seconds: Double)
        case fault(String)
    }

    /// A release that a name was pointed to.
    private struct Pointer {
        let release: ModelRelease
        let at: Timestamp
    }

    private struct Slot {
        var serving: ModelRelease?
        /// What is being loaded, or could not be loaded.
        var next: ModelRelease?
        var isLoading = false
        var retryAt: ContinuousClock.Instant?
    }

    let repository: ModelRepository
    private let place: ModelHome
    private let loader: ModelLoader
    private let process: String
    private let slots = Mutex<[String: Slot]>([:])
    /// The last move that was looked at; `nil` where the pointers are to be looked at again.
    private let seen = Mutex<Int?>(nil)
    /// Asks for a look.
    private let looks = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Loads nothing yet.
    init(_ place: ModelHome, loader: ModelLoader) throws {
        self.place = place
        self.loader = loader
        process = "\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString.prefix(8))"
        repository = try ModelRepository([], remedy: Self.remedy) { try loader.load($0, version: $1, path: $2) }
    }

    private static func remedy(_ name: String) -> String {
        "the server tries it again by itself; see its messages, or deploy another with 'martlet deploy models:/… --as \(name)'"
    }

    /// The names that answer, or are to.
    var names: [String] { slots.withLock { $0.keys.sorted() } }

    /// What answers under a name, or may from one moment to the next; nothing for an unknown name.
    func releases(behind name: String) -> [ModelRelease] {
        slots.withLock { slots in [slots[name]?.serving, slots[name]?.next].compactMap(\.self) }
    }

    /// What a registered model is called now, where that is known at once.
    func knownName(of model: RegisteredModelID) -> String? { place.registry.knownName(of: model) }

    /// What a registered model is called now; `nil` where it is there no more.
    func name(of model: RegisteredModelID) async throws -> String? { try await place.registry.name(of: model) }

    /// Follows the pointers until cancelled.
    /// - Parameter onReady: is called when all that was deployed at first was tried.
    func follow(_ observe: @escaping @Sendable (Event) -> Void, onReady: @escaping @Sendable () -> Void) async {
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in
                await PointerFollower.again(
                    every: PointerFollower.heartbeatInterval, trouble: "the history cannot be told that this server answers",
                    report: { observe(.fault($0)) }, heartbeat)
            }
            await PointerFollower.again(after: looks.stream, of: place.records, looks.continuation, report: { observe(.fault($0)) }) {
                let isLook = try look(observe) { pointer in
                    group.addTask { [self] in
                        await load(pointer, observe)
                        if isSettled { onReady() }
                    }
                }
                if isLook, isSettled { onReady() }
            }
        }
    }

    /// Says that nothing is answered any more.
    func close() throws {
        try place.records.deactivate(process: process, at: .now)
        try place.records.close()
    }

    /// Tells the history that this server lives, as long as it answers anything.
    private func heartbeat() throws {
        guard slots.withLock({ $0.values.contains { $0.serving != nil } }) else { return }
        try place.records.heartbeat(process: process, at: .now)
    }

    // MARK: Loading

    private var isRetryDue: Bool {
        slots.withLock { $0.values.contains { !$0.isLoading && ($0.retryAt.map { $0 <= .now } ?? false) } }
    }

    /// Looks for what is to be loaded: what pointers moved to, and what could not be loaded before.
    /// - Returns: whether there was a reason to look.
    private func look(_ observe: (Event) -> Void, load: (Pointer) -> Void) throws -> Bool {
        let newest = try place.records.lastMove()
        guard seen.withLock({ $0 != newest }) || isRetryDue else { return false }
        // First: what is loaded meanwhile may ask for another look.
        seen.withLock { $0 = newest }
        do {
            for name in try place.records.routedEndpoints() {
                if let pointer = try begin(name, observe) { load(pointer) }
            }
        } catch {
            seen.withLock { $0 = nil }
            throw error
        }
        return true
    }

    /// Whether nothing is being loaded.
    private var isSettled: Bool { slots.withLock { $0.values.allSatisfy { !$0.isLoading } } }

    /// What is to be loaded under a name now, which then counts as being loaded; `nil` where there is nothing to do.
    private func begin(_ name: String, _ observe: (Event) -> Void) throws -> Pointer? {
        let pointer: Pointer
        do {
            guard let current = try place.current(name) else { return nil }
            pointer = Pointer(release: current.release, at: current.move.at)
        } catch let error as MartletError where error.code == .corrupt || error.code == .invalidInput {
            // One name's fault is no other's.
            observe(.fault("'\(name)': \(error)"))
            return nil
        }
        let release = pointer.release
        return slots.withLock { slots in
            var slot = slots[name] ?? Slot()
            guard !slot.isLoading else { return nil }
            guard slot.serving?.digest != release.digest else {
                slots[name]?.next = nil
                slots[name]?.retryAt = nil
                return nil
            }
            guard slot.next?.digest != release.digest || (slot.retryAt.map { $0 <= .now } ?? true) else { return nil }
            slot.next = release
            slot.isLoading = true
            slot.retryAt = nil
            slots[name] = slot
            return pointer
        }
    }

    private func load(_ pointer: Pointer, _ observe: (Event) -> Void) async {
        let release = pointer.release
        do {
            let start = ContinuousClock.now
            let source = try ModelSource(name: release.name, path: place.folder(of: release))
            repository.expect(source, reason: "its files are being checked")
            let served = try await withReason(in: source) {
                try await place.ensureFiles(of: release)
                return try await load(source)
            }
            slots.withLock { slots in
                slots[release.name]?.serving = release
                slots[release.name]?.next = nil
            }
            observe(
                .switched(
                    name: release.name, address: release.address, summary: served.summary,
                    seconds: start.duration(to: .now) / .seconds(1)))
            note(pointer, observe)
        } catch is CancellationError {
            return
        } catch {
            let stays = slots.withLock { slots in
                slots[release.name]?.retryAt = .now + Self.retryInterval
                return slots[release.name]?.serving.map { "; \($0.address) goes on answering" } ?? ""
            }
            observe(.fault("'\(release.name)': \(release.address) cannot be loaded\(stays): \(error)"))
        }
        slots.withLock { $0[release.name]?.isLoading = false }
        // The pointer may have moved on meanwhile.
        seen.withLock { $0 = nil }
        looks.continuation.yield()
    }

    /// Lets those who ask read why a model is not there.
    private func withReason(in source: ModelSource, _ work: () async throws -> ServedModel) async throws -> ServedModel {
        do {
            return try await work()
        } catch {
            repository.expect(source, reason: "\(error)")
            throw error
        }
    }

    /// Writes down that a release answers from now on, which is never before it was pointed to.
    private func note(_ pointer: Pointer, _ observe: (Event) -> Void) {
        let release = pointer.release
        do {
            _ = try place.records.activate(
                endpoint: release.name, release: release.digest, process: process, at: max(.now, pointer.at))
        } catch {
            observe(.fault("'\(release.name)': \(release.address) answers, but the history cannot be told so: \(error)"))
        }
    }

    /// Loads on a thread that nobody else waits for, also not who stops.
    private func load(_ source: ModelSource) async throws -> ServedModel {
        let waiting = Mutex<CheckedContinuation<ServedModel, any Error>?>(nil)
        let finish = { @Sendable (result: Result<ServedModel, any Error>) in
            waiting.withLock { waiting in
                waiting?.resume(with: result)
                waiting = nil
            }
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { done in
                waiting.withLock { $0 = done }
                guard !Task.isCancelled else { return finish(.failure(CancellationError())) }
                DispatchQueue.global().async { [repository] in finish(Result { try repository.load(source) }) }
            }
        } onCancel: {
            finish(.failure(CancellationError()))
        }
    }
}
