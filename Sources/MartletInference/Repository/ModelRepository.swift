import MartletCore
import Synchronization

/// The models that a server has and may load: which are ready, which not and why.
///
/// Loading a model that is loaded already reads its newest version beside the one that answers, and swaps when it is ready: no
/// request fails. A request keeps the version that it began with.
package final class ModelRepository: Sendable {
    /// Makes a model of what lies at a path.
    package typealias Loader = @Sendable (_ name: String, _ version: Int, _ path: String) throws -> ServedModel

    /// What is known of one version of a model.
    package struct Entry: Sendable, Equatable {
        package enum State: String, Sendable {
            case ready = "READY", loading = "LOADING", unavailable = "UNAVAILABLE"
        }

        package var name: String
        /// `nil` where no version was ever loaded.
        package var version: Int?
        package var state: State
        /// Why it is unavailable.
        package var reason: String
    }

    private struct Slot {
        var source: ModelSource
        var served: [Int: ServedModel] = [:]
        var newest: ServedModel?
        var isLoading = false
        /// Whether the server counts as ready only with it: what was there at the start, or was loaded since, until it is unloaded.
        var isWanted: Bool
        var reason = ""
    }

    private let slots: Mutex<[String: Slot]>
    private let folder: String?
    private let remedy: @Sendable (_ name: String) -> String
    private let loader: Loader

    /// Takes the sources; nothing is loaded yet.
    /// - Parameters:
    ///   - folder: a repository whose folders become models when they are asked for.
    ///   - remedy: what to do about a model that is not ready.
    package init(
        _ sources: [ModelSource], folder: String? = nil,
        remedy: @escaping @Sendable (_ name: String) -> String = { "load it with POST /v2/repository/models/\($0)/load" },
        loader: @escaping Loader
    ) throws {
        var slots: [String: Slot] = [:]
        for source in sources {
            guard slots.updateValue(Slot(source: source, isWanted: true), forKey: source.name) == nil else {
                throw MartletError(
                    .conflict, "there are two models '\(source.name)'; name one of them otherwise, as in other=\(source.path)")
            }
        }
        self.slots = Mutex(slots)
        self.folder = folder
        self.remedy = remedy
        self.loader = loader
    }

    // MARK: Asking

    /// A model that is ready. - Parameter version: `nil` for the newest.
    /// - Throws: `notFound` with the nearest name, or with the versions that there are; `unavailable` with the reason.
    package func model(_ name: String, version: Int? = nil) throws -> ServedModel {
        let found = slots.withLock { slots -> (ServedModel?, Bool) in
            guard let slot = slots[name] else { return (nil, false) }
            return (version.map { slot.served[$0] } ?? slot.newest, true)
        }
        if let served = found.0 { return served }
        guard found.1 else { throw unknown(name) }
        throw notReady(name, version)
    }

    private func unknown(_ name: String) -> MartletError {
        let names = slots.withLock { $0.keys.sorted() }
        let hint =
            nearest(to: name, among: names).map { "did you mean '\($0)'?" } ?? "there are \(names.prefix(20).joined(separator: ", "))"
        return MartletError(.notFound, "there is no model '\(name.prefix(128))'; \(names.isEmpty ? "there are none" : hint)")
    }

    private func notReady(_ name: String, _ version: Int?) -> MartletError {
        slots.withLock { slots in
            let slot = slots[name]
            let versions = slot?.served.keys.sorted() ?? []
            if let version, !versions.isEmpty {
                return MartletError(
                    .notFound, "version \(version) of model '\(name)' is not ready; \(versions.map(String.init).joined(separator: ", ")) is"
                )
            }
            let reason = slot?.isLoading == true ? "it is being loaded" : slot?.reason ?? ""
            return MartletError(
                .unavailable,
                "model '\(name)' is not ready\(reason.isEmpty ? "" : ": \(reason)"); \(remedy(name))")
        }
    }

    /// The models that are ready, newest versions only, by name.
    package var ready: [ServedModel] {
        slots.withLock { slots in slots.keys.sorted().compactMap { slots[$0]?.newest } }
    }

    /// Whether every model is ready, but for those that were unloaded on purpose and those that never could be loaded after the start.
    package var isReady: Bool { slots.withLock { $0.values.allSatisfy { $0.newest != nil || !$0.isWanted } } }

    /// Everything that is known, by name.
    package var index: [Entry] {
        slots.withLock { slots in
            slots.keys.sorted().flatMap { name -> [Entry] in
                guard let slot = slots[name] else { return [] }
                if slot.served.isEmpty {
                    return [Entry(name: name, version: nil, state: slot.isLoading ? .loading : .unavailable, reason: slot.reason)]
                }
                return slot.served.keys.sorted().map { Entry(name: name, version: $0, state: .ready, reason: "") }
            }
        }
    }

    // MARK: Loading

    /// Loads a model's newest version, or reads it again; blocks while it does.
    /// - Throws: `notFound` for an unknown name, `conflict` while it is being loaded, and what loading throws; then what answered
    ///   before goes on answering.
    @discardableResult
    package func load(_ name: String) throws -> ServedModel {
        let source = try begin(name)
        do {
            let versions = try source.versions()
            guard let newest = versions.keys.max(), let path = versions[newest] else {
                throw MartletError(.notFound, "model '\(name)': there is nothing in '\(source.path)'")
            }
            let served = try loader(name, newest, path)
            slots.withLock { slots in
                slots[name]?.served = [newest: served]
                slots[name]?.newest = served
                slots[name]?.isWanted = true
                slots[name]?.reason = ""
                slots[name]?.isLoading = false
            }
            return served
        } catch {
            slots.withLock { slots in
                slots[name]?.reason = "\(error)"
                slots[name]?.isLoading = false
            }
            throw error
        }
    }

    /// Makes a source that of its name, in the place of the one before, and loads it; what answered before answers until it is ready.
    /// - Throws: as `load` of a name.
    @discardableResult
    package func load(_ source: ModelSource) throws -> ServedModel {
        try slots.withLock { slots in
            guard slots[source.name]?.isLoading != true else {
                throw MartletError(.conflict, "model '\(source.name)' is being loaded already; wait until it is ready")
            }
            slots[source.name, default: Slot(source: source, isWanted: true)].source = source
        }
        return try load(source.name)
    }

    /// Makes a name known whose model is not loaded yet, or tells anew why it is not; what answers under it goes on answering.
    package func expect(_ source: ModelSource, reason: String) {
        slots.withLock { slots in slots[source.name, default: Slot(source: source, isWanted: true)].reason = reason }
    }

    private func begin(_ name: String) throws -> ModelSource {
        if slots.withLock({ $0[name] == nil }) { try discover(name) }
        return try slots.withLock { slots in
            guard let slot = slots[name], !slot.isLoading else {
                throw MartletError(.conflict, "model '\(name)' is being loaded already; wait until it is ready")
            }
            slots[name]?.isLoading = true
            return slot.source
        }
    }

    /// A model that was put into the repository after the start.
    private func discover(_ name: String) throws {
        guard let folder, let source = try ModelSource.all(in: folder).first(where: { $0.name == name }) else { throw unknown(name) }
        slots.withLock { slots in if slots[name] == nil { slots[name] = Slot(source: source, isWanted: false) } }
    }

    /// Lets a model go; requests that run end as they would have.
    /// - Throws: `notFound` for an unknown name, `conflict` while it is being loaded.
    package func unload(_ name: String) throws {
        let isKnown = try slots.withLock { slots in
            guard let slot = slots[name] else { return false }
            guard !slot.isLoading else {
                throw MartletError(.conflict, "model '\(name)' is being loaded; unload it when it is ready")
            }
            slots[name]?.served = [:]
            slots[name]?.newest = nil
            slots[name]?.isWanted = false
            slots[name]?.reason = "unloaded"
            return true
        }
        guard isKnown else { throw unknown(name) }
    }
}
