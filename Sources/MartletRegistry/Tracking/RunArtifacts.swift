package import MartletStore

/// Where the artifacts of a run are within this server's repository.
package enum RunArtifacts {
    /// What stands before the path in an address of this server or of another like it.
    private static let anchor = "/api/2.0/mlflow-artifacts/artifacts"

    /// The schemes of addresses behind which a server like this one has the artifacts.
    package static let proxiedSchemes: Set = ["mlflow-artifacts", "http", "https"]

    /// What stands before the first colon; empty for a plain path.
    package static func scheme(of address: String) -> String {
        address.firstIndex(of: ":").map { address[..<$0].lowercased() } ?? ""
    }

    /// Whether an address may lie within what this server has or reaches as a file, rather than in a storage that clients talk to.
    package static func isWithinServer(_ address: String) -> Bool {
        let scheme = scheme(of: address)
        guard let first = scheme.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return true }
        guard scheme.utf8.allSatisfy({ Self.schemeCharacters.contains($0) }) else { return true }
        return proxiedSchemes.contains(scheme) || ["file", "runs", "models"].contains(scheme)
    }

    private static let schemeCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789+-.".utf8)

    /// - Parameter address: the `artifact_uri` of a run.
    /// - Throws: `notImplemented` where the artifacts lie elsewhere.
    package static func root(of address: String) throws(TrackingFault) -> ArtifactPath {
        let scheme = scheme(of: address)
        guard proxiedSchemes.contains(scheme) else {
            throw TrackingFault(
                .notImplemented, "The artifacts are at '\(address)', which this server does not read; use a client that has access to it.")
        }
        do throws(ArtifactPath.Refusal) {
            return try ArtifactPath(reading: String(path(of: address, scheme).drop { $0 == "/" }))
        } catch {
            throw TrackingFault(error)
        }
    }

    private static func path(of address: String, _ scheme: String) -> Substring {
        var rest = address.dropFirst(scheme.utf8.count + 1)
        if rest.hasPrefix("//") { rest = rest.dropFirst(2).drop { $0 != "/" } }
        rest = rest.prefix { $0 != "?" && $0 != "#" }
        guard scheme != "mlflow-artifacts", let place = rest.firstRange(of: anchor) else { return rest }
        return rest[place.upperBound...]
    }
}
