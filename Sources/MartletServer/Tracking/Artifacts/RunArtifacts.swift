import MartletRegistry
import MartletStore

/// Where the artifacts of a run are within this server's repository.
enum RunArtifacts {
    /// What stands before the path in an address of this server or of another like it.
    private static let anchor = "/api/2.0/mlflow-artifacts/artifacts"

    /// The schemes of addresses behind which a server like this one has the artifacts.
    static let proxiedSchemes: Set = ["mlflow-artifacts", "http", "https"]

    /// What stands before the first colon; empty for a plain path.
    static func scheme(of address: String) -> String {
        address.firstIndex(of: ":").map { address[..<$0].lowercased() } ?? ""
    }

    /// - Parameter address: the `artifact_uri` of a run.
    /// - Throws: `notImplemented` where the artifacts lie elsewhere.
    static func root(of address: String) throws(TrackingFault) -> ArtifactPath {
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
