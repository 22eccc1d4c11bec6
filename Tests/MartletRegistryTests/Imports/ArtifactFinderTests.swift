import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletRegistry

@Suite struct ArtifactFinderTests {
    private static let owner = MLflowFolder.id(1)

    /// Where artifacts are found, from the folder of the test on.
    private func place(
        _ uri: String, given: String? = nil, base: String? = nil, folders: [String]
    ) throws -> ArtifactPlace {
        try withTemporaryFolder { folder in
            for name in folders {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
            let finder = ArtifactFinder(base: base.map { "\(folder)/\($0)" }, root: nil, given: given.map { "\(folder)/\($0)" })
            let artifacts = SourceArtifacts(owner: Self.owner, uri: uri.replacing("FOLDER", with: folder), folder: nil)
            guard case .folder(let found) = finder.place(of: artifacts) else { return finder.place(of: artifacts) }
            return .folder(String(found.dropFirst(folder.count + 1)))
        }
    }

    @Test(arguments: [
        "mlflow-artifacts:/1/OWNER/artifacts", "mlflow-artifacts://host:5000/1/OWNER/artifacts",
        "http://host:5000/api/2.0/mlflow-artifacts/artifacts/1/OWNER/artifacts", "/gone/mlruns/1/OWNER/artifacts",
        "file:///gone/mlruns/1/OWNER/artifacts", "mlruns/1/OWNER/artifacts",
    ])
    func `what MLflow's server keeps, and what was moved, is looked for in the folder that is named`(uri: String) throws {
        let found = try place(
            uri.replacing("OWNER", with: Self.owner), given: "moved", folders: ["moved/1/\(Self.owner)/artifacts"])
        #expect(found == .folder("moved/1/\(Self.owner)/artifacts"))
    }

    @Test(arguments: [
        "FOLDER/a b/OWNER/artifacts", "file://FOLDER/a%20b/OWNER/artifacts", "file://localhostFOLDER/a%20b/OWNER/artifacts",
        "a b/OWNER/artifacts",
    ])
    func `folders are found by paths and addresses`(uri: String) throws {
        let found = try place(uri.replacing("OWNER", with: Self.owner), base: "", folders: ["a b/\(Self.owner)/artifacts"])
        #expect(found.lastParts == .folder("\(Self.owner)/artifacts"))
    }

    @Test(arguments: ["s3://bucket/1/x/artifacts", "gs://x", "dbfs:/x", "file://elsewhere/x", "https://host/else", "ftp://host/x"])
    func `other storages keep what they have`(uri: String) throws {
        #expect(try place(uri, given: "moved", folders: ["moved"]) == .elsewhere)
    }

    @Test(arguments: ["mlflow-artifacts:/../keys", "/etc", "mlflow-artifacts:/nowhere", "/gone/../keys", ""])
    func `nothing is found outside`(uri: String) throws {
        let found = try place(uri, given: "moved", folders: ["moved", "keys"])
        #expect(found == .missing || found == .foreign("/etc"))
    }
}

extension ArtifactPlace {
    /// The last two parts of a folder.
    fileprivate var lastParts: ArtifactPlace {
        guard case .folder(let path) = self else { return self }
        return .folder(path.split(separator: "/").suffix(2).joined(separator: "/"))
    }
}
