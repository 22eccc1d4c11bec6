import MartletCore

/// The table of artifacts, in one transaction.
extension SQLConnection {
    func artifact(_ path: ArtifactPath) throws -> Artifact? {
        let sql = "SELECT digest, size_bytes, modified_at FROM artifact_files WHERE folder = ? AND name = ?"
        return try first(sql, [.text(path.folder.text), .text(path.name)]) { row in
            guard let digest = Digest(row.text(0)) else {
                throw MartletError(.corrupt, "the artifact '\(path)': expected a digest, found '\(row.text(0).prefix(80))'; write it again")
            }
            return Artifact(
                path: path, digest: digest, sizeBytes: Int(row.integer(1)), modifiedAt: Timestamp(microseconds: row.integer(2)))
        }
    }

    /// - Throws: `conflict` where a folder is at the path, or a file where it needs folders.
    func keep(_ artifact: Artifact) throws {
        var (folder, name) = (artifact.path.folder, artifact.path.name)
        try execute(
            """
            INSERT INTO artifact_files (folder, name, digest, size_bytes, modified_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (folder, name) DO UPDATE
            SET digest = excluded.digest, size_bytes = excluded.size_bytes, modified_at = excluded.modified_at
            """,
            [
                .text(folder.text), .text(name), .text(artifact.digest.hex), .integer(Int64(artifact.sizeBytes)),
                .integer(artifact.modifiedAt.microseconds),
            ])
        guard try !isFolder(artifact.path.text) else {
            throw MartletError(.conflict, "the artifact '\(artifact.path)': there is a folder of that name; choose another or delete it")
        }
        while !folder.isRoot {
            (folder, name) = (folder.folder, folder.name)
            guard try !isFile(folder.text, name) else {
                let file = ([folder.text, name].filter { !$0.isEmpty }).joined(separator: "/")
                throw MartletError(.conflict, "the artifact '\(artifact.path)': '\(file)' is a file; choose another folder or delete it")
            }
        }
    }

    private func isFile(_ folder: String, _ name: String) throws -> Bool {
        try exists("SELECT 1 FROM artifact_files WHERE folder = ? AND name = ?", [.text(folder), .text(name)])
    }

    /// Whether a folder other than the root holds something.
    func isFolder(_ folder: String) throws -> Bool {
        let sql = "SELECT 1 FROM artifact_files WHERE folder = ? OR (folder >= ? AND folder < ?) LIMIT 1"
        return try exists(sql, [.text(folder), .text(folder + "/"), .text(folder + Self.behindSlash)])
    }

    func entries(of folder: ArtifactPath) throws -> [ArtifactEntry] {
        let sql = "SELECT name, size_bytes FROM artifact_files WHERE folder = ?"
        let files = try all(sql, [.text(folder.text)]) { ArtifactEntry(name: $0.text(0), sizeBytes: Int($0.integer(1))) }
        let folders = try folderNames(in: folder).map { ArtifactEntry(name: $0, sizeBytes: nil) }
        return (files + folders).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    func delete(_ path: ArtifactPath) throws -> Int {
        guard !path.isRoot else { return try execute("DELETE FROM artifact_files") }
        let (folder, text) = (path.folder.text, path.text)
        return try execute(
            "DELETE FROM artifact_files WHERE (folder = ? AND name = ?) OR folder = ? OR (folder >= ? AND folder < ?)",
            [.text(folder), .text(path.name), .text(text), .text(text + "/"), .text(text + Self.behindSlash)])
    }

    /// Deletes the names of files at a path and below it, at most so many, in this transaction. - Returns: how many.
    package func deleteArtifacts(at path: ArtifactPath, countMax: Int) throws -> Int {
        let text = path.text
        return try execute(
            """
            DELETE FROM artifact_files WHERE (folder, name) IN (
                SELECT folder, name FROM artifact_files
                WHERE (folder = ? AND name = ?) OR folder = ? OR (folder >= ? AND folder < ?) LIMIT ?
            )
            """,
            [
                .text(path.folder.text), .text(path.name), .text(text), .text(text + "/"), .text(text + Self.behindSlash),
                .integer(Int64(countMax)),
            ])
    }

    /// What follows a slash in the order of bytes, so that `a/…` lies between `a/` and this behind `a`.
    private static var behindSlash: String { "0" }

    /// The names of folders in a folder. Each is found by at most two looks at the index, whatever is in it.
    private func folderNames(in folder: ArtifactPath) throws -> [String] {
        let sql = "SELECT folder FROM artifact_files WHERE folder >= ? AND folder < ? ORDER BY folder LIMIT 1"
        let start = folder.isRoot ? "" : folder.text + "/"
        let end = folder.isRoot ? "\u{10FFFF}" : folder.text + Self.behindSlash
        // By bytes: to `==` of texts, letters are equal that have other code points.
        var names: Set<[UInt8]> = []
        var next = start + Self.behindNothing
        while let found = try first(sql, [.text(next), .text(end)], { $0.text(0) }) {
            let rest = found.utf8.dropFirst(start.utf8.count)
            let name = rest.prefix { $0 != UInt8(ascii: "/") }
            names.insert(Array(name))
            // Behind `a` may come `a-b` before `a/c`; behind `a/c` comes nothing of `a` but what lies below it.
            next = name.count == rest.count ? found + Self.behindNothing : start + String(Substring(name)) + Self.behindSlash
        }
        return names.map { String(decoding: $0, as: UTF8.self) }
    }

    /// What follows a text at once in the order of bytes, as no name has control characters.
    private static var behindNothing: String { "\u{1}" }
}
