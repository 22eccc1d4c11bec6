/// The media type of a file by its name, as MLflow and Python's `mimetypes` have it.
enum MediaType {
    static let unknown = "application/octet-stream"

    private static let texts: Set = [
        "txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml", "yaml", "yml", "xml", "json", "js",
        "py", "py3", "csv", "tsv", "md", "rst", "ipynb", "MLmodel", "MLproject",
    ]

    private static let byExtension = [
        "aac": "audio/aac", "avi": "video/x-msvideo", "avif": "image/avif", "bin": unknown, "bmp": "image/bmp", "c": "text/plain",
        "css": "text/css", "dll": unknown, "doc": "application/msword", "exe": unknown, "flac": "audio/flac", "gif": "image/gif",
        "h": "text/plain", "h5": "application/x-hdf5", "heic": "image/heic", "htm": "text/html", "html": "text/html",
        "ico": "image/vnd.microsoft.icon", "ics": "text/calendar", "jpe": "image/jpeg", "jpeg": "image/jpeg", "jpg": "image/jpeg",
        "m3u8": "application/vnd.apple.mpegurl", "mjs": "text/javascript", "mkv": "video/matroska", "mov": "video/quicktime",
        "mp3": "audio/mpeg", "mp4": "video/mp4", "mpeg": "video/mpeg", "mpg": "video/mpeg", "nq": "application/n-quads",
        "nt": "application/n-triples", "o": unknown, "obj": unknown, "ogg": "audio/ogg", "opus": "audio/opus", "otf": "font/otf",
        "pdf": "application/pdf", "pkl": unknown, "png": "image/png", "pnm": "image/x-portable-anymap",
        "ppt": "application/vnd.ms-powerpoint",
        "ps": "application/postscript", "pyc": "application/x-python-code", "rtf": "application/rtf", "sh": "application/x-sh",
        "so": unknown, "svg": "image/svg+xml", "tar": "application/x-tar", "tex": "application/x-tex", "tif": "image/tiff",
        "tiff": "image/tiff", "trig": "application/trig", "ttf": "font/ttf", "vtt": "text/vtt", "wasm": "application/wasm",
        "wav": "audio/x-wav", "webm": "video/webm", "webmanifest": "application/manifest+json", "webp": "image/webp", "woff": "font/woff",
        "woff2": "font/woff2", "7z": "application/x-7z-compressed", "cc": "text/x-c++src", "cpp": "text/x-c++src", "csv": "text/csv",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "epub": "application/epub+zip",
        "jar": "application/java-archive", "java": "text/x-java", "js": "text/javascript", "json": "application/json",
        "md": "text/markdown", "odt": "application/vnd.oasis.opendocument.text",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", "py": "text/x-python",
        "sql": "application/sql",
        "svgz": "image/svg+xml", "taz": "application/x-tar", "tbz2": "application/x-tar", "tgz": "application/x-tar", "txt": "text/plain",
        "txz": "application/x-tar", "tsv": "text/tab-separated-values",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xml": "application/xml",
        "xls": "application/vnd.ms-excel", "zip": "application/zip",
    ]

    /// - Parameter name: without folders.
    static func of(_ name: String) -> String {
        let ending = ending(of: name)
        if texts.contains(ending.isEmpty ? name : ending) { return "text/plain" }
        // Only the endings above are known in this case and no other. A file that is compressed once more has the type of what is within.
        let suffix = ["gz", "bz2", "xz", "br", "Z"].contains(ending) ? self.ending(of: String(name.dropLast(ending.count + 1))) : ending
        return byExtension[suffix.lowercased()] ?? unknown
    }

    /// What follows the last dot, which must have a name before it; empty where there is none.
    private static func ending(of name: String) -> String {
        guard let dot = name.lastIndex(of: "."), name[..<dot].contains(where: { $0 != "." }) else { return "" }
        return String(name[name.index(after: dot)...])
    }
}
