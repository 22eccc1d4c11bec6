import Glibc
import MartletCore
import MartletStore

/// A program outside the code of the project.
struct Interpreter {
    /// Its path as it was found: the links in it say which virtual environment it is of.
    let path: String

    init(_ path: String) { self.path = path }

    /// The file `pyvenv.cfg` of the virtual environment that a program is of.
    var environmentFile: String? {
        let folder = Directory.parent(of: path)
        return [folder, Directory.parent(of: folder)].map { "\($0)/pyvenv.cfg" }.first(where: FilePlace.isFile)
    }

    /// What tells the program from another: the name and digest of the file itself, the virtual environment's settings, and which
    /// packages are installed in which versions.
    func identity(_ digest: (String) throws -> Digest) throws -> String {
        let real = FilePlace.real(path) ?? path
        var parts = ["\(FilePlace.name(real)) \(try digest(real))"]
        if let settings = environmentFile { parts.append("pyvenv.cfg \(try digest(settings))") }
        if Program.isPython(FilePlace.name(real)) {
            let packages = try packages(of: real)
            if !packages.isEmpty { parts.append("packages \(Digest(of: packages.joined(separator: "\n")))") }
        }
        return parts.joined(separator: ", ")
    }

    /// The folders `NAME-VERSION.dist-info` of a Python, sorted: their names say what is installed.
    private func packages(of real: String) throws -> [String] {
        let prefix = environmentFile.map(Directory.parent) ?? Directory.parent(of: Directory.parent(of: real))
        guard FilePlace.isFolder("\(prefix)/lib") else { return [] }
        let pythons = try Directory.names(in: "\(prefix)/lib").filter { $0.hasPrefix("python3") || $0.hasPrefix("pypy3") }
        let folders = pythons.flatMap { ["\(prefix)/lib/\($0)/site-packages", "\(prefix)/lib/\($0)/dist-packages"] }
        return try folders.filter(FilePlace.isFolder).flatMap { folder in
            try Directory.names(in: folder).filter { $0.hasSuffix(".dist-info") || $0.hasSuffix(".egg-info") }
        }
    }
}
