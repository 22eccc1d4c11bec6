import Foundation
package import MartletCore

/// A server that takes OpenLineage's events over HTTP, such as Marquez: `POST` of one event at a time.
package struct LineageEndpoint: LineageSink {
    /// One request, for whoever sends it.
    package struct Request: Sendable {
        package let url: String
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]
        package let timeout: Duration
    }

    /// What bounds a delivery.
    package struct Limits: Sendable {
        /// How long one request may take.
        package var timeout = Duration.seconds(5)
        /// How often an event is sent, the first time included.
        package var tryCountMax = 3
        /// The wait after the first try; it doubles with each.
        package var wait = Duration.milliseconds(500)

        package init() {}
    }

    /// Sends a request. - Returns: the answer's status. - Throws: where there was no answer.
    package typealias Send = @Sendable (Request) async throws -> Int

    /// Statuses after which another try may succeed.
    private static let transientStatuses: Set = [408, 425, 429, 500, 502, 503, 504]

    package let batchCountMax = 1
    private let url: String
    private let apiKey: String?
    private let limits: Limits
    private let send: Send
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - url: the whole address, such as `http://localhost:5000/api/v1/lineage`.
    ///   - apiKey: sent as `Authorization: Bearer`; it is in no message.
    /// - Throws: `invalidInput` where the address is not one of HTTP, or has a password.
    package init(
        url: String, apiKey: String? = nil, limits: Limits = Limits(), send: @escaping Send,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) throws {
        guard let parsed = URL(string: url), let scheme = parsed.scheme?.lowercased(), ["http", "https"].contains(scheme),
            parsed.host()?.isEmpty == false, parsed.password() == nil
        else {
            throw MartletError(
                .invalidInput,
                "the endpoint of lineage: expected an address such as 'https://host/api/v1/lineage' without a password, found another text; "
                    + "give its key as a secret")
        }
        precondition(limits.tryCountMax > 0)
        self.url = url
        self.apiKey = apiKey
        self.limits = limits
        self.send = send
        self.sleep = sleep
    }

    /// The address without its query, which may hold a key.
    package var name: String { "the endpoint '\(url.prefix { $0 != "?" && $0 != "#" })'" }

    /// Sends each event until it is taken, refused or tried too often. - Throws: `unavailable`, `invalidInput` for a refusal.
    package func deliver(_ events: [JSONValue]) async throws {
        for event in events { try await deliver(event) }
    }

    private func deliver(_ event: JSONValue) async throws {
        var headers = [(name: "Content-Type", value: "application/json")]
        if let apiKey { headers.append((name: "Authorization", value: "Bearer \(apiKey)")) }
        let request = Request(url: url, headers: headers, body: Array(event.canonicalText.utf8), timeout: limits.timeout)
        var wait = limits.wait
        for number in 1...limits.tryCountMax {
            guard let failure = try await failure(of: request) else { return }
            guard number < limits.tryCountMax else { throw failure }
            try await sleep(wait)
            wait *= 2
        }
    }

    /// Sends once. - Returns: why another try may succeed; `nil` where it is taken. - Throws: where no other try helps.
    private func failure(of request: Request) async throws -> MartletError? {
        let status: Int
        do {
            status = try await send(request)
        } catch let error as CancellationError {
            throw error
        } catch {
            return MartletError(.unavailable, "no answer", cause: error)
        }
        guard !(200..<300).contains(status) else { return nil }
        let refusal = Self.refusal(status)
        guard Self.transientStatuses.contains(status) else { throw refusal }
        return refusal
    }

    private static func refusal(_ status: Int) -> MartletError {
        let hint =
            switch status {
            case 401, 403: "; check its key"
            case 404: "; check its path"
            default: ""
            }
        return MartletError(transientStatuses.contains(status) ? .unavailable : .invalidInput, "it answered \(status)\(hint)")
    }
}
