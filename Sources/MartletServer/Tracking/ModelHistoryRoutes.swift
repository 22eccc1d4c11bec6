package import MartletCore
package import MartletRegistry

/// What became of registered models, and which version an alias stood for at a time: Martlet's own, since MLflow keeps no history.
struct ModelHistoryRoutes: Sendable {
    private let models: ModelRegistry
    private let gate: AccessGate

    init(_ models: ModelRegistry, _ gate: AccessGate) {
        self.models = models
        self.gate = gate
    }

    /// Administrators see also what became of models that had the name before; grants on those went with them.
    ///
    /// Adds `GET /v1/models/{name}/history`, with `?at=TIME` for the aliases at a time, and else `?after=NUMBER` for the next page.
    func add(to router: inout Router) {
        router.on(.get, "/v1/models/{name}/history") { request, parameters in
            let name = try parameters.string("name")
            do {
                let principal = try await gate.principal(request)
                try await gate.check(principal, .read, .model(name))
                return try await answer(name, request, isPresent: !principal.isAdministrator)
            } catch let fault as TrackingFault {
                return fault.response
            }
        }
    }

    private func answer(_ name: String, _ request: HTTPRequest, isPresent: Bool) async throws -> HTTPResponse {
        guard let text = request.query("at") else {
            let after = try request.query("after", as: Int64.self) ?? 0
            let page = try await models.history(of: name, isPresent: isPresent, after: after)
            return .json(200, ["model": .string(name), "events": .array(page.elements.map(\.json)), "hasMore": .boolean(page.hasMore)])
        }
        guard let time = Timestamp(text) else {
            throw MartletError(.invalidInput, "at: expected a time such as 2026-11-21T14:03:00Z, found '\(text.prefix(80))'")
        }
        let aliases = try await models.aliases(of: name, isPresent: isPresent, at: time.microseconds / 1_000)
        return .json(200, ["model": .string(name), "at": .string(time.description), "aliases": .array(aliases.map(\.json))])
    }
}

extension ModelEvent {
    /// For machines.
    package var json: JSONValue {
        let text = { (value: String?) in value.map(JSONValue.string) ?? .null }
        return [
            "number": .integer(number), "at": .string(Timestamp(microseconds: at * 1_000).description), "model": .string(model),
            "who": .string(note.who), "why": text(note.why), "event": .string(kind.rawValue),
            "version": version.map(JSONValue.integer) ?? .null, "alias": text(alias), "from": text(from), "to": text(to),
        ]
    }
}

extension ModelAlias {
    /// For machines.
    package var json: JSONValue { ["alias": .string(name), "version": .integer(version)] }
}
