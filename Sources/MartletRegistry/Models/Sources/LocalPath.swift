import Foundation

/// A path of this machine as what it leads to.
struct LocalPath {
    /// The most links that are followed, as Linux has it.
    private static let linkCountMax = 40

    /// Below the root, without `.`, `..` and links.
    let parts: [String]

    /// Resolves a path, or a URL of a file, which need not be there. - Parameter folder: what a relative one is relative to.
    /// - Throws: where links lead in a circle, and for a zero byte.
    init(_ source: String, relativeTo folder: String) throws(TrackingFault) {
        let path = PercentEscapes.removed(from: source.hasPrefix("file:") ? SourceURL(source).path : source)
        guard !path.utf8.contains(0) else {
            throw TrackingFault(.invalidParameterValue, "the path '\(source)' holds a zero byte; name the path without it")
        }
        var waiting = Array((path.hasPrefix("/") ? path : "\(folder)/\(path)").split(separator: "/").reversed())
        var parts: [String] = []
        var linkCount = 0
        while let part = waiting.popLast() {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default:
                guard let target = Self.target(ofLink: parts + [String(part)]) else {
                    parts.append(String(part))
                    continue
                }
                linkCount += 1
                guard linkCount <= Self.linkCountMax else {
                    throw TrackingFault(
                        .invalidParameterValue, "the path '\(source)' has more than \(Self.linkCountMax) links; name its target")
                }
                if target.hasPrefix("/") { parts = [] }
                waiting += target.split(separator: "/").reversed()
            }
        }
        self.parts = parts
    }

    private static func target(ofLink parts: [String]) -> String? {
        // What is no link has no target, and what is not there either.
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/" + parts.joined(separator: "/"))
    }

    /// Whether this is a folder, or something in it.
    func isWithin(_ folder: LocalPath) -> Bool {
        folder.parts.count <= parts.count && zip(folder.parts, parts).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }
}
