import MartletCore
import NIOCore
import NIOHTTP1

/// A small HTTP/1.1 client of one server, for the command line and for tests: kept connections, no redirects.
///
/// An idempotent request whose kept connection the server closed before any answer is sent again on another one.
package final class HTTPClient: Sendable {
    /// The server.
    package let address: ServerAddress

    private let configuration: HTTPClientConfiguration
    private let pool: ConnectionPool

    /// Makes a client; it connects with the first request. `close()` ends it; `withClient` does so by itself.
    package init(_ address: ServerAddress, configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        self.address = address
        self.configuration = configuration
        pool = ConnectionPool(address: address, configuration: configuration)
    }

    deinit { pool.close() }

    /// A client for as long as `body` runs.
    package static func withClient<Result>(
        _ address: ServerAddress, configuration: HTTPClientConfiguration = HTTPClientConfiguration(),
        _ body: (HTTPClient) async throws -> Result
    ) async throws -> Result {
        let client = HTTPClient(address, configuration: configuration)
        defer { client.close() }
        return try await body(client)
    }

    /// Closes resting connections now and busy ones after their answer; later requests are refused.
    package func close() { pool.close() }

    /// Sends a request and waits for the whole answer, whatever its status.
    /// - Parameter target: a path, and a query after `?`, both percent-encoded.
    /// - Throws: `unavailable` where nothing listens, the connection is lost or time runs out, `limitExceeded` where a
    ///   limit of the configuration is passed, `invalidInput` where the request cannot be written, `CancellationError`.
    package func send(
        _ method: HTTPRequest.Method, _ target: String, headers: HeaderFields = [:], body: [UInt8] = []
    ) async throws -> HTTPResponse {
        let head = try head(method, target, headers, bodySize: body.count)
        for _ in 0..<configuration.connectionCountMax {
            let connection = try await pool.lease()
            do {
                return try await exchange(head, body, on: connection)
            } catch ClientFault.closedUnanswered where connection.isReused && Self.isIdempotent(method) {
                continue
            } catch let fault as ClientFault {
                try Task.checkCancellation()
                throw fault.described(address, configuration)
            }
        }
        throw ClientFault.closedUnanswered.described(address, configuration)
    }

    private func exchange(
        _ head: HTTPRequestHead, _ body: [UInt8], on connection: ClientConnection
    ) async throws -> HTTPResponse {
        let channel = connection.channel
        let promise = channel.eventLoop.makePromise(of: ClientAnswer.self)
        do {
            let answer = try await withTaskCancellationHandler {
                // A channel that is closed already has no handler left to fail the answer.
                channel.writeAndFlush(ClientExchange(head: head, body: body, answer: promise))
                    .whenFailure { _ in promise.fail(ClientFault.closedUnanswered) }
                return try await promise.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            pool.release(connection, isReusable: answer.keepsAlive)
            return answer.response
        } catch {
            pool.release(connection, isReusable: false)
            throw error
        }
    }

    private func head(
        _ method: HTTPRequest.Method, _ target: String, _ headers: HeaderFields, bodySize: Int
    ) throws -> HTTPRequestHead {
        guard target.utf8.first == UInt8(ascii: "/"), target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            let found = RequestTarget.quoted(target)
            throw MartletError(
                .invalidInput, "request target: expected '/' and percent-encoded ASCII, found '\(found)'")
        }
        if let name = headers.firstUnsendable {
            let found = RequestTarget.quoted(name)
            throw MartletError(.invalidInput, "header '\(found)' has characters that cannot be sent; remove them")
        }
        var fields = headers
        fields["host"] = address.authority
        fields["transfer-encoding"] = nil
        let hasBody = bodySize > 0 || [.post, .put, .patch].contains(method)
        fields["content-length"] = hasBody ? String(bodySize) : nil
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method.name), uri: target,
            headers: HTTPHeaders(fields.all.map { ($0.name, $0.value) })
        )
    }

    /// RFC 9110, section 9.2.2.
    private static func isIdempotent(_ method: HTTPRequest.Method) -> Bool {
        [.get, .head, .put, .delete, .options].contains(method)
    }
}
