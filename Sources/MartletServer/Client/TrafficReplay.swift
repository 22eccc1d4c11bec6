import MartletCore
package import MartletPlatform

/// Sends requests to a running server, then tells it what really came of them.
package struct TrafficReplay: Sendable {
    /// How many requests are under way at once.
    package static let concurrency = 8
    /// How many outcomes go into one request.
    package static let outcomeBatch = 1_000

    private let client: HTTPClient
    private let endpoint: String

    package init(_ client: HTTPClient, endpoint: String) {
        self.client = client
        self.endpoint = endpoint
    }

    /// How a replay went.
    package struct Result: Sendable, Equatable {
        package var answered = 0
        /// Requests for which every price was refused by a guardrail.
        package var withoutPrice = 0
        package var outcomes = 0
    }

    /// Replays traffic. - Throws: `engine` with the server's words for an answer that is not a decision.
    package func run(_ items: [HeldOutTraffic.Item], progress: (Int) -> Void) async throws -> Result {
        var result = Result()
        var decided: [JSONValue] = []
        try await withThrowingTaskGroup(of: (HeldOutTraffic.Item, Bool).self) { group in
            var rest = items[...]
            func next() {
                guard let item = rest.popFirst() else { return }
                group.addTask { (item, try await decide(item)) }
            }
            for _ in 0..<Self.concurrency { next() }
            while let (item, isDecided) = try await group.next() {
                next()
                if isDecided { decided.append(item.outcome) } else { result.withoutPrice += 1 }
                result.answered += 1
                progress(result.answered)
            }
        }
        while !decided.isEmpty {
            let batch = Array(decided.prefix(Self.outcomeBatch))
            decided.removeFirst(batch.count)
            result.outcomes += try await tell(batch)
        }
        return result
    }

    /// Whether a price was found: a guardrail may refuse all.
    private func decide(_ item: HeldOutTraffic.Item) async throws -> Bool {
        let response = try await client.send(
            .post, "/v1/endpoints/\(endpoint)/decide", headers: ["x-request-id": item.requestID],
            body: Array(item.body.canonicalText.utf8)
        )
        switch response.status {
        case 200: return true
        case 422: return false
        default: throw Self.refusal(response)
        }
    }

    private func tell(_ outcomes: [JSONValue]) async throws -> Int {
        let body: JSONValue = ["outcomes": .array(outcomes)]
        let response = try await client.send(.post, "/v1/endpoints/\(endpoint)/outcomes", body: Array(body.canonicalText.utf8))
        guard response.status == 200 else { throw Self.refusal(response) }
        return outcomes.count
    }

    private static func refusal(_ response: HTTPResponse) -> MartletError {
        let text = String(decoding: response.body.prefix(500), as: UTF8.self)
        return MartletError(.engine, "the server answered \(response.status): \(text)")
    }
}
