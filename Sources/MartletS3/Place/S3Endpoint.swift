import Foundation
import MartletCore

/// The server that is asked: AWS's own of a region, or any other that speaks S3.
struct S3Endpoint: Sendable, CustomStringConvertible {
    private static let variables = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "MLFLOW_S3_ENDPOINT_URL"]

    private let scheme: String
    /// With the port, where it is not the scheme's usual one.
    private let host: String
    /// What paths begin with; empty, or with a slash at its start.
    private let basePath: String
    /// Whether the bucket is the first name of the path, rather than of the host.
    private let isPathStyle: Bool

    /// The one that a variable names, or AWS's. - Throws: `invalidInput` where that is no address.
    init(environment: [String: String], region: String) throws {
        for name in Self.variables {
            guard let text = environment[name], !text.isEmpty else { continue }
            try self.init(text, from: name)
            return
        }
        let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        self.init(scheme: "https", host: "s3.\(region).\(domain)", basePath: "", isPathStyle: false)
    }

    private init(scheme: String, host: String, basePath: String, isPathStyle: Bool) {
        self.scheme = scheme
        self.host = host
        self.basePath = basePath
        self.isPathStyle = isPathStyle
    }

    private init(_ text: String, from name: String) throws {
        // What is no address may hold a password, and so is not shown.
        let refusal = MartletError(.invalidInput, "\(name): expected http://host:port or https://host, without a user or query")
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil
        else { throw refusal }
        let usual = scheme == "http" ? 80 : 443
        if let port = parts.port, !(1...65_535).contains(port) { throw refusal }
        let port = parts.port.flatMap { $0 == usual ? nil : ":\($0)" } ?? ""
        let path = parts.percentEncodedPath
        self.init(
            scheme: scheme, host: host.lowercased() + port, basePath: path.hasSuffix("/") ? String(path.dropLast()) : path,
            isPathStyle: !host.hasSuffix(".amazonaws.com") && !host.hasSuffix(".amazonaws.com.cn"))
    }

    var description: String { "\(scheme)://\(host)\(basePath)" }

    /// Where an object is, or its bucket where the key is empty: the address without query, its host and its path.
    func place(_ bucket: String, _ key: String) -> (url: String, host: String, path: String) {
        // No certificate of AWS's fits a bucket whose name has dots.
        let inPath = isPathStyle || bucket.contains(".")
        let host = inPath ? self.host : "\(bucket).\(self.host)"
        let key = PercentEncoding.encoded(key, keepsSlashes: true)
        let path = basePath + (inPath ? "/\(bucket)" + (key.isEmpty ? "" : "/\(key)") : "/\(key)")
        return ("\(scheme)://\(host)\(path)", host, path)
    }
}
