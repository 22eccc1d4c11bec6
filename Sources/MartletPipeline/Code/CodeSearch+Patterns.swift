import Glibc
import MartletCore
import MartletStore

extension CodeSearch {
    /// The files of a pattern under `code`, sorted; those in a folder where the pattern names one.
    func files(matching pattern: String) throws -> [String] {
        let parts = pattern.split(separator: "/").filter { $0 != "." }.map(String.init)
        var files: [String] = []
        for path in try paths(matching: parts[...], in: folder) {
            if FilePlace.isFolder(path) {
                files += try paths(matching: ["**", "*"], in: path).filter { !FilePlace.isFolder($0) }
            } else {
                files.append(path)
            }
        }
        return Set(files).sorted()
    }

    /// The paths that a shell puts in the place of a pattern, sorted; none where nothing has such a name.
    func shellPaths(matching pattern: String, in folder: String) throws -> [String] {
        let parts = pattern.split(separator: "/").map { $0 == "**" ? "*" : String($0) }
        return try paths(matching: parts[...], in: pattern.hasPrefix("/") ? "/" : folder)
    }

    private func paths(matching parts: ArraySlice<String>, in folder: String) throws -> [String] {
        guard let part = parts.first else { return [folder] }
        if part == "**" {
            let deeper = try folders(in: folder).flatMap { try paths(matching: parts, in: $0) }
            return try paths(matching: parts.dropFirst(), in: folder) + deeper
        }
        if !part.contains(where: { "*?[\\".contains($0) }) {
            let path = FilePlace.joined(folder, part)
            return FilePlace.real(path) == nil ? [] : try paths(matching: parts.dropFirst(), in: path)
        }
        let names = try names(in: folder).filter { fnmatch(part, $0, FNM_PERIOD) == 0 }
        return try names.flatMap { try paths(matching: parts.dropFirst(), in: FilePlace.joined(folder, $0)) }
    }

    /// The folders in one that are neither hidden nor links, which could lead in a circle.
    private func folders(in folder: String) throws -> [String] {
        try names(in: folder).filter { !$0.hasPrefix(".") }.map { FilePlace.joined(folder, $0) }
            .filter { Directory.kind(of: $0) == S_IFDIR }
    }

    private func names(in folder: String) throws -> [String] {
        let names = try snapshot.listing(folder).names.sorted()
        entryCount += names.count
        guard entryCount <= limits.entryCountMax else {
            throw MartletError(
                .limitExceeded,
                "the patterns of a command go through more than \(limits.entryCountMax) files; name folders of code in them")
        }
        return names
    }
}
