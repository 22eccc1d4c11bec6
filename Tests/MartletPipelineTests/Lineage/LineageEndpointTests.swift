import MartletCore
import Synchronization
import Testing

@testable import MartletPipeline

@Suite struct LineageEndpointTests {
    /// A server that gives its answers in order, and keeps what it was sent and how long was waited.
    private final class Server: Sendable {
        struct State {
            var answers: [Result<Int, MartletError>]
            var requests: [LineageEndpoint.Request] = []
            var waits: [Duration] = []
        }

        let state: Mutex<State>

        init(_ answers: [Result<Int, MartletError>]) { state = Mutex(State(answers: answers)) }

        func endpoint(_ url: String = "http://localhost:5000/api/v1/lineage", apiKey: String? = nil) throws -> LineageEndpoint {
            try LineageEndpoint(url: url, apiKey: apiKey) { request in
                try self.state.withLock { state in
                    state.requests.append(request)
                    return try state.answers.removeFirst().get()
                }
            } sleep: { duration in
                self.state.withLock { $0.waits.append(duration) }
            }
        }

        var requests: [LineageEndpoint.Request] { state.withLock(\.requests) }
        var waits: [Duration] { state.withLock(\.waits) }
    }

    private static let lost = Result<Int, MartletError>.failure(MartletError(.unavailable, "refused"))

    @Test func `an event is one request with the key`() async throws {
        let server = Server([.success(201), .success(200)])
        try await server.endpoint(apiKey: "secret").deliver([["a": 1], ["a": 2]])
        #expect(server.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["{\"a\":1}", "{\"a\":2}"])
        let headers = try #require(server.requests.first?.headers)
        #expect(headers.map { "\($0.name): \($0.value)" } == ["Content-Type: application/json", "Authorization: Bearer secret"])
        #expect(server.requests.first?.timeout == .seconds(5))
    }

    @Test func `what may pass is tried again with longer waits`() async throws {
        let server = Server([lost, .success(503), .success(201)])
        try await server.endpoint().deliver([[:]])
        #expect(server.requests.count == 3)
        #expect(server.waits == [.milliseconds(500), .seconds(1)])
    }

    private var lost: Result<Int, MartletError> { Self.lost }

    @Test(arguments: [
        ([lost, lost, lost], MartletError.Code.unavailable, 3), ([.success(401)], .invalidInput, 1), ([.success(302)], .invalidInput, 1),
    ])
    func `tries are bounded and a refusal is no reason for another`(
        _ answers: [Result<Int, MartletError>], _ code: MartletError.Code, _ count: Int
    ) async throws {
        let server = Server(answers)
        await #expect {
            try await server.endpoint(apiKey: "secret").deliver([[:]])
        } throws: { error in
            (error as? MartletError)?.code == code && !"\(error)".contains("secret")
        }
        #expect(server.requests.count == count)
    }

    @Test(arguments: ["ftp://host/x", "lineage", "http://", "https://user:password@host/x", ""])
    func `only an address of HTTP without a password is taken`(_ url: String) {
        #expect {
            try Server([]).endpoint(url)
        } throws: { error in
            (error as? MartletError)?.code == .invalidInput && !"\(error)".contains("user:password")
        }
    }

    @Test func `the name does not tell a key in the query`() throws {
        #expect(try Server([]).endpoint("https://host/lineage?key=secret").name == "the endpoint 'https://host/lineage'")
    }
}
