package import MartletCore
package import MartletStore

/// What answered under a name, and when: what was ordered, and what servers really answered from.
struct EndpointHistoryRoutes: Sendable {
    let records: RecordStore

    /// Adds `GET /v1/endpoints/{name}/history`, with `?at=TIME` for what answered at a time.
    func add(to router: inout Router) {
        router.on(.get, "/v1/endpoints/{name}/history") { request, parameters in
            let name = try parameters.string("name")
            let time = try request.query("at").map { text in
                guard let time = Timestamp(text) else {
                    throw MartletError(.invalidInput, "at: expected a time such as 2026-11-21T14:03:00Z, found '\(text.prefix(80))'")
                }
                return time
            }
            return .json(200, try time.map { try records.answering(name, at: $0) } ?? records.moves(of: name))
        }
    }
}

extension RecordStore {
    /// All moves of an endpoint, for machines.
    package func moves(of endpoint: String) throws -> JSONValue {
        ["endpoint": .string(endpoint), "moves": .array(try moves(endpoint: endpoint).map(\.json))]
    }

    /// What an endpoint pointed to at a time, and what answered it, for machines.
    package func answering(_ endpoint: String, at time: Timestamp) throws -> JSONValue {
        let pointer = try pointer(endpoint: endpoint, at: time)
        return [
            "endpoint": .string(endpoint), "at": .string(time.description),
            "pointer": pointer.map { .string($0.release.description) } ?? .null,
            "answered": .array(try activations(endpoint: endpoint, at: time).map(\.json)),
        ]
    }
}

extension RouteMove {
    fileprivate var json: JSONValue {
        [
            "at": .string(at.description), "action": .string(action.rawValue), "release": .string(release.description),
            "previous": previous.map { .string($0.description) } ?? .null, "by": .string(by), "reason": .string(reason),
        ]
    }
}

extension Activation {
    fileprivate var json: JSONValue {
        [
            "release": .string(release.description), "process": .string(process), "from": .string(from.description),
            "until": until.map { .string($0.description) } ?? .null,
        ]
    }
}
