import Foundation
import MartletCore
import MartletPipeline
import MartletPlatform
import MartletServer

extension Platform {
    /// The same, sending the lineage of its runs to where the variables of OpenLineage's own clients say.
    func tellingLineage(_ environment: [String: String]) -> Platform {
        guard let base = environment["OPENLINEAGE_URL"], !base.isEmpty, environment["OPENLINEAGE_DISABLED"]?.lowercased() != "true" else {
            return self
        }
        var platform = self
        platform.lineageSinks.append(Self.sink(base, environment))
        return platform
    }

    /// What cannot be sent to is a warning of each run, and fails none.
    private static func sink(_ base: String, _ environment: [String: String]) -> any LineageSink {
        let path = environment["OPENLINEAGE_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 } ?? "api/v1/lineage"
        let key = environment["OPENLINEAGE_API_KEY"].flatMap { $0.isEmpty ? nil : $0 }
        do {
            let url = [base, path].map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "/")) }.joined(separator: "/")
            let sender = try LineageSender(url)
            return try LineageEndpoint(url: url, apiKey: key, send: sender.send)
        } catch {
            return UnusableLineageSink(reason: error)
        }
    }
}

/// Sends events over HTTP, on connections that are kept.
private struct LineageSender: Sendable {
    /// An answer has no news for us beyond its status.
    private static let answerSizeMaxBytes = 1 << 20

    private let client: HTTPClient
    private let target: String

    /// - Throws: `invalidInput` where the text is no address.
    init(_ url: String) throws {
        guard let parsed = URL(string: url), let scheme = parsed.scheme?.lowercased(), let host = parsed.host(), !host.isEmpty else {
            throw MartletError(.invalidInput, "OPENLINEAGE_URL: expected an address such as 'https://host:5000', found another text")
        }
        let bare = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        var configuration = HTTPClientConfiguration()
        configuration.responseSizeMaxBytes = Self.answerSizeMaxBytes
        configuration.requestTimeout = LineageEndpoint.Limits().timeout
        configuration.startWords = "check OPENLINEAGE_URL"
        client = HTTPClient(
            ServerAddress(host: bare, port: parsed.port ?? (scheme == "https" ? 443 : 80), scheme: scheme), configuration: configuration)
        let path = parsed.path(percentEncoded: true)
        target = (path.isEmpty ? "/" : path) + (parsed.query(percentEncoded: true).map { "?\($0)" } ?? "")
    }

    @Sendable func send(_ request: LineageEndpoint.Request) async throws -> Int {
        var headers: HeaderFields = [:]
        for (name, value) in request.headers { headers.add(name, value) }
        return try await client.send(.post, target, headers: headers, body: request.body).status
    }
}

/// Stands where an address is none, and says so.
private struct UnusableLineageSink: LineageSink {
    let reason: any Error
    let name = "the endpoint of OPENLINEAGE_URL"
    let batchCountMax = 1_000

    func deliver(_ events: [JSONValue]) throws { throw reason }
}
