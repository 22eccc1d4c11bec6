import Foundation
import Glibc
import MartletCore
import MartletPipeline
import MartletStore
import Synchronization

/// Keeps what steps are made from, so that a later run can say what changed, and so that this one can be made again.
final class SourceKeeping: Sendable {
    /// The largest file of code, or that pins libraries, that is kept.
    static let codeBytesMax = 16 << 20

    private let platform: Platform
    private let files: ProjectFiles
    private let trees: TreeStore
    /// What needs no second look.
    private let settled = Mutex<Set<Digest>>([])

    init(_ platform: Platform, _ files: ProjectFiles) {
        self.platform = platform
        self.files = files
        trees = TreeStore(home: platform.home)
    }

    /// Keeps all but the inputs, and the list of all. - Returns: the list's digest.
    /// - Throws: `storage`; `conflict` where a file is not what it was a moment ago.
    func keep(_ sources: RunSources) throws -> Digest {
        for text in platform.project.origin.texts.values where !platform.blobs.contains(Digest(of: text)) {
            _ = try platform.blobs.put(Array(text.utf8))
        }
        for file in sources.files where [.contract, .code, .lock].contains(file.role) && !platform.blobs.contains(file.digest) {
            try keep(file)
        }
        return try platform.put(encoding: sources)
    }

    private func keep(_ file: RunSources.File) throws {
        let path = platform.project.place(file.path)
        guard try OpenFile(path, O_RDONLY).sizeBytes() <= Self.codeBytesMax else { return }
        guard try platform.blobs.put(copying: path) == file.digest else {
            throw MartletError(.conflict, "'\(file.path)' changed while the run began; run again")
        }
    }

    /// Keeps the files and folders of the project that a step is about to read, those that are not too large.
    /// - Throws: `StepFailure` where one is not what the step's key says.
    func keepInputs(_ attempt: StepAttempt) throws {
        let limit = Int(platform.project.keepInputsBytesMax)
        guard limit > 0 else { return }
        for (name, path) in attempt.step.paths.sorted(by: { $0.key < $1.key }) {
            guard case .one(let digest)? = attempt.inputs[name], !settled.withLock({ $0.contains(digest) }) else { continue }
            if try trees.content(digest) == nil, let kept = try keep(path, digest, limit), kept != digest {
                throw StepFailure(
                    .refused, "the input '\(name)' ('\(path)') changed while step '\(attempt.id)' was begun; run it again")
            }
            settled.withLock { _ = $0.insert(digest) }
        }
    }

    /// - Returns: the digest of what was found; `nil` where it is too large to be kept.
    private func keep(_ path: String, _ digest: Digest, _ limit: Int) throws -> Digest? {
        if FilePlaces.isFolder(path) {
            let tree = try files.index.digest(ofFolder: path)
            guard tree.digest == digest else { return tree.digest }
            return tree.sizeBytes <= limit ? try trees.put(folder: path).digest : nil
        }
        return try OpenFile(path, O_RDONLY).sizeBytes() <= limit ? try trees.put(file: path).digest : nil
    }
}
