import Glibc
import MartletCore
import MartletStore

/// Copies folders of artifacts into a repository, each file checked by its size and its SHA-256.
struct ArtifactCopy: Sendable {
    private static let pieceSizeBytes = 1 << 20

    let repository: any ArtifactRepository

    /// What came of a folder.
    struct Outcome: Sendable {
        var fileCount = 0
        var sizeBytes = 0
        /// Links, sockets and the like, which are left out.
        var otherCount = 0
        var flaws = ImportFlaws<String>()
    }

    /// What a folder holds, without a copy.
    func look(at folder: String) throws -> Outcome {
        let (files, others) = try SourceFolder(folder).files()
        let size = try files.reduce(0) { try $0 + OpenFile("\(folder)/\($1)", O_RDONLY | O_NOFOLLOW).sizeBytes() }
        return Outcome(fileCount: files.count, sizeBytes: size, otherCount: others.count)
    }

    /// - Parameter destination: the folder in the repository.
    func copy(_ folder: String, to destination: String) async throws -> Outcome {
        let (files, others) = try SourceFolder(folder).files()
        var outcome = Outcome(otherCount: others.count)
        for start in stride(from: 0, to: files.count, by: ImportLimits.copyCount) {
            let group = files[start..<min(start + ImportLimits.copyCount, files.count)]
            // Files that are kept at the same time are made durable together.
            try await withThrowingTaskGroup(of: Outcome.self) { tasks in
                for file in group { tasks.addTask { try await copy("\(folder)/\(file)", as: "\(destination)/\(file)") } }
                for try await one in tasks {
                    outcome.fileCount += one.fileCount
                    outcome.sizeBytes += one.sizeBytes
                    outcome.flaws.add(one.flaws)
                }
            }
        }
        return outcome
    }

    private func copy(_ path: String, as name: String) async throws -> Outcome {
        let destination: ArtifactPath
        do {
            destination = try ArtifactPath(writing: name)
        } catch {
            return Outcome(flaw: "'\(path)': MLflow's servers have no artifacts of such names; rename it")
        }
        do {
            let size = try await keep(path, at: destination)
            return Outcome(fileCount: 1, sizeBytes: size)
        } catch let error as MartletError where error.code == .conflict || error.code == .notFound {
            return Outcome(flaw: error.message)
        }
    }

    private func keep(_ path: String, at destination: ArtifactPath) async throws -> Int {
        if let known = try await repository.open(destination)?.artifact {
            guard try Digest(ofFile: path) == known.digest else {
                throw MartletError(.conflict, "'\(path)': '\(destination)' has other bytes here, which were written since; they stay")
            }
            return known.sizeBytes
        }
        let content = try read(path)
        let (digest, size) = (content.digest, content.sizeBytes)
        guard try Digest(ofFile: content.path) == digest else {
            throw MartletError(.corrupt, "the copy of '\(path)' has other bytes than were read; check the disk and call again")
        }
        let kept = try await repository.keep(content, at: destination)
        guard kept.digest == digest, kept.sizeBytes == size else {
            throw MartletError(.corrupt, "the artifact '\(destination)' has another digest than '\(path)'; call again")
        }
        return size
    }

    private func read(_ path: String) throws -> UploadedContent {
        let file = try OpenFile(path, O_RDONLY | O_NOFOLLOW)
        let size = try file.sizeBytes()
        let upload = try repository.makeUpload()
        while true {
            let bytes = try file.read(at: upload.sizeBytes, countMax: Self.pieceSizeBytes)
            if bytes.isEmpty { break }
            try bytes.withUnsafeBytes { try upload.write($0) }
        }
        guard upload.sizeBytes == size, try file.sizeBytes() == size else {
            throw MartletError(.conflict, "'\(path)' changed as it was read; call again once nothing writes to it")
        }
        return try upload.finish()
    }
}

extension ArtifactCopy.Outcome {
    /// Of a file that cannot be brought.
    fileprivate init(flaw: String) { flaws.add(flaw) }
}
