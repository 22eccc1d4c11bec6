import MartletCore
import NIOCore
import NIOHTTP1
import Synchronization

/// Sends deliveries over HTTP/1.1 and TLS, each on a connection of its own to the address that was checked.
final class HTTPWebhookSender: WebhookSender {
    private let gate: WebhookGate
    /// Made for the first address that needs it.
    private let tls = Mutex<ClientTLS?>(nil)

    init(gate: WebhookGate) { self.gate = gate }

    func send(_ request: WebhookRequest) async throws -> WebhookAnswer {
        let url = try WebhookURL(request.url, allowedSchemes: gate.options.allowedSchemes)
        let connector = ClientConnector(configuration: configuration, tls: try tls(for: url), host: url.host)
        let channel = try await described(url) { [gate] in try await connector.connect(to: try await gate.address(of: url)) }
        defer { channel.close(promise: nil) }
        // Where the connection really went, whatever was told about the host.
        try gate.check(connected: channel.remoteAddress)
        let answer = try await exchange(request, url, on: channel)
        return WebhookAnswer(
            status: answer.status, body: String(decoding: answer.body, as: UTF8.self),
            retryAfterSeconds: answer.headers["retry-after"].flatMap { Int($0) })
    }

    private var configuration: HTTPClientConfiguration {
        var configuration = HTTPClientConfiguration()
        configuration.connectTimeout = gate.options.requestTimeout
        configuration.requestTimeout = gate.options.requestTimeout
        configuration.responseSizeMaxBytes = gate.options.answerSizeMaxBytes
        return configuration
    }

    /// - Returns: `nil` where the address needs none.
    private func tls(for url: WebhookURL) throws -> ClientTLS? {
        switch url.scheme {
        case "http": return nil
        case "https":
            return try tls.withLock { tls in
                let trusting = try tls ?? ClientTLS(rootsFile: gate.options.rootsFile)
                tls = trusting
                return trusting
            }
        default: throw MartletError(.invalidInput, "webhooks are sent to http and https, found '\(url.scheme)'; choose one of them")
        }
    }

    private func exchange(_ request: WebhookRequest, _ url: WebhookURL, on channel: any Channel) async throws -> HTTPResponse {
        let fields = request.headers + [("Host", url.authority), ("Content-Length", String(request.body.count)), ("Connection", "close")]
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: url.target, headers: HTTPHeaders(fields))
        let promise = channel.eventLoop.makePromise(of: ClientAnswer.self)
        return try await described(url) {
            try await withTaskCancellationHandler {
                channel.writeAndFlush(ClientExchange(head: head, body: request.body, answer: promise))
                    .whenFailure { _ in promise.fail(ClientFault.closedUnanswered) }
                return try await promise.futureResult.get().response
            } onCancel: {
                channel.close(promise: nil)
            }
        }
    }

    /// Says what went wrong in words.
    private func described<Result>(_ url: WebhookURL, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch ClientFault.notConnected(let error) {
            throw MartletError(.unavailable, "cannot connect to '\(url.authority)'; check the address", cause: error)
        } catch let fault as ClientFault {
            throw fault.described(url.address, configuration)
        }
    }
}
