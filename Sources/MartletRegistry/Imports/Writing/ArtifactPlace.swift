import Foundation
import MartletCore
import MartletStore

/// Where artifacts of the source are, seen from here.
enum ArtifactPlace: Equatable {
    case folder(String)
    /// On a disk, or behind MLflow's server, but not found here.
    case missing
    /// A folder that is none that MLflow makes for its owner, or that a link leads to.
    case foreign(String)
    /// In a storage of others, where they stay.
    case elsewhere

    /// The path of a `file:` address; `nil` where it names another machine.
    static func path(ofFile text: String) -> String? {
        let rest = text.dropFirst("file:".count)
        guard rest.hasPrefix("//") else { return PercentEscapes.removed(from: String(rest)) }
        let host = rest.dropFirst(2).prefix { $0 != "/" }
        guard host.isEmpty || host == "localhost" else { return nil }
        return PercentEscapes.removed(from: String(rest.dropFirst(2 + host.count)))
    }

    /// The path within the folder of MLflow's server, of an address that it serves; `nil` for other addresses.
    static func path(ofProxied text: String) -> String? {
        let scheme = ArtifactLocation.scheme(of: text)
        guard ["mlflow-artifacts", "http", "https"].contains(scheme) else { return nil }
        let rest = text.dropFirst(scheme.count + 1)
        let path = rest.hasPrefix("//") ? rest.dropFirst(2).drop { $0 != "/" } : rest
        if scheme == "mlflow-artifacts" { return String(path.drop { $0 == "/" }) }
        let served = "/api/2.0/mlflow-artifacts/artifacts/"
        return path.hasPrefix(served) ? String(path.dropFirst(served.count)) : nil
    }

    /// Whether an address is kept: neither a disk nor MLflow's server serves it.
    static func isKept(_ uri: String) -> Bool {
        let scheme = ArtifactLocation.scheme(of: uri)
        if scheme.isEmpty { return false }
        if scheme == "file" { return path(ofFile: uri) == nil }
        return path(ofProxied: uri) == nil
    }
}

/// Finds folders of artifacts on this machine.
struct ArtifactFinder: Sendable {
    /// What relative paths are relative to.
    let base: String?
    /// The store itself, where it is a folder.
    let root: String?
    /// What was named to look in: the folder of the server's artifacts, or another place of a store that was moved.
    let given: String?

    func place(of artifacts: SourceArtifacts) -> ArtifactPlace {
        if ArtifactPlace.isKept(artifacts.uri) { return .elsewhere }
        if let beside = artifacts.folder, SourceFolder(beside).exists, hasContent(beside) { return .folder(beside) }
        guard let found = candidates(artifacts.uri).first(where: isFolder) else { return .missing }
        let real = URL(filePath: found).resolvingSymlinksInPath().path
        return isOwn(real, artifacts.owner) ? .folder(real) : .foreign(found)
    }

    /// A store could name any folder of this machine, such as that of somebody's keys.
    private func isOwn(_ path: String, _ owner: String) -> Bool {
        let parts = path.split(separator: "/")
        if parts.count > 2, parts.suffix(2).elementsEqual([Substring(owner), "artifacts"]) { return true }
        let homes = [root, given].compactMap(\.self).map { URL(filePath: $0).resolvingSymlinksInPath().path }
        return homes.contains { path.hasPrefix($0 + "/") }
    }

    private func candidates(_ uri: String) -> [String] {
        guard !uri.isEmpty else { return [] }
        if let proxied = ArtifactPlace.path(ofProxied: uri) {
            guard let given, !proxied.split(separator: "/").contains("..") else { return [] }
            return ["\(given)/\(proxied)"]
        }
        guard let path = ArtifactLocation.scheme(of: uri) == "file" ? ArtifactPlace.path(ofFile: uri) : uri else { return [] }
        let parts = path.split(separator: "/")
        let own = path.hasPrefix("/") ? [path] : base.map { ["\($0)/\(path)"] } ?? []
        guard let given, parts.count > 1, !parts.contains("..") else { return own }
        return own + (0...parts.count - 2).map { "\(given)/" + parts[$0...].joined(separator: "/") }
    }

    private func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// A folder that cannot be listed is told when it is copied.
    private func hasContent(_ path: String) -> Bool { (try? Directory.names(in: path).isEmpty) == false }
}
