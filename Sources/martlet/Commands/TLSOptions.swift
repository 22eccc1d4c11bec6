import ArgumentParser
import Foundation
import MartletCore
import MartletServer

/// What every command that listens takes for HTTPS.
struct TLSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with the server's certificate and its chain, as PEM: HTTPS on every port; by default $MARTLET_TLS_CERTIFICATE.",
            valueName: "file"),
        completion: .file())
    var tlsCertificate: String?

    @Option(
        help: ArgumentHelp(
            "A file with the certificate's key, as PEM that is not encrypted; by default $MARTLET_TLS_KEY.", valueName: "file"),
        completion: .file())
    var tlsKey: String?

    /// The certificate; `nil` where none is named, which means plain HTTP.
    /// - Parameter say: tells people of an event.
    /// - Throws: `invalidInput` where only one of the two files is named, or they do not fit.
    func server(say: @escaping @Sendable (_ event: String, _ text: String) -> Void) throws -> ServerTLS? {
        let certificate = Self.path(tlsCertificate, "MARTLET_TLS_CERTIFICATE")
        let key = Self.path(tlsKey, "MARTLET_TLS_KEY")
        guard certificate != nil || key != nil else { return nil }
        guard let certificate, let key else {
            let (found, missing) = certificate == nil ? ("key", "certificate") : ("certificate", "key")
            throw MartletError(.invalidInput, "a TLS \(found) is named, but no \(missing): name it with --tls-\(missing)")
        }
        return try ServerTLS(TLSFiles(certificate: certificate, key: key)) { event in
            switch event {
            case .loaded(let time): say("certificate", "'\(certificate)' is valid until \(time)")
            case .warned(let text): say("warning", text)
            case .refused(let reason): say("fault", "\(reason); the certificate that was read before stays in use")
            }
        }
    }

    /// The absolute path of a file that an option or a variable names.
    private static func path(_ option: String?, _ variable: String) -> String? {
        guard let path = option ?? ProcessInfo.processInfo.environment[variable], !path.isEmpty else { return nil }
        return URL(filePath: path).standardizedFileURL.path
    }
}
