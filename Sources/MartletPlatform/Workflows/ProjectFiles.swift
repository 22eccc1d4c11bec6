import Foundation
import MartletCore
import MartletPipeline
import MartletStore

/// The files of a project, whose digests are remembered.
struct ProjectFiles: Sendable {
    let index: FileIndex

    init(_ platform: Platform) throws {
        index = try FileIndex(root: platform.project.absoluteFolder, file: platform.home.fileIndexPath)
    }

    /// The digest of a file or folder, as it is now. - Throws: `notFound`, `storage`.
    func digest(_ path: String) throws -> Digest {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw MartletError(.notFound, "there is no '\(path)'")
        }
        return try isFolder.boolValue ? index.digest(ofFolder: path).digest : index.digest(ofFile: path)
    }

    /// As a runner reads them. What cannot be remembered is read again; a run does not fail of that.
    var contents: ProjectContents { ProjectContents(digest: digest, remember: { [index] in try? index.save() }) }
}
