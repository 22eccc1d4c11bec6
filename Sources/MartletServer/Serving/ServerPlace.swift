import Foundation
import MartletCore
package import MartletStore

/// Where a home's server listens, for other commands on the same machine.
package struct ServerPlace: Sendable {
    private let path: String

    package init(_ home: Home) { path = "\(home.path)/server.json" }

    /// Keeps the address. - Parameter certificate: the path of its certificate where it speaks HTTPS.
    /// - Returns: what to say where it cannot be kept, as on a full disk, which is no reason not to serve.
    package func write(_ address: ServerAddress, certificate: String? = nil) -> String? {
        var place: [String: JSONValue] = ["host": .string(address.host), "port": .integer(Int64(address.port))]
        place["certificate"] = certificate.map { .string($0) }
        do {
            try Data(JSONValue.object(place).canonicalText.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            return nil
        } catch {
            return "cannot write '\(path)', so other commands will not find this server: \(error.localizedDescription)"
        }
    }

    /// Forgets the address.
    package func remove() {
        // A file that is left behind names a server that does not answer, which readers expect.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The address of the server that runs or last ran, and how to speak to it; `nil` where there is none.
    /// - Throws: `invalidInput` where its certificate cannot be read.
    package func read() throws -> (address: ServerAddress, client: HTTPClientConfiguration)? {
        guard let data = FileManager.default.contents(atPath: path),
            let place = try? JSONValue(parsing: data, as: path),  // a torn file names no server
            let host = place["host"]?.string, let port = place["port"]?.int
        else { return nil }
        var client = HTTPClientConfiguration()
        guard let certificate = place["certificate"]?.string else { return (ServerAddress(host: host, port: Int(port)), client) }
        // The home says which certificate it is; here its names do not matter.
        client.tls = try ClientTLS(trustingOnly: certificate)
        return (ServerAddress(host: host, port: Int(port), scheme: "https"), client)
    }
}
