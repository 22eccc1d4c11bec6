import MartletCore
import MartletRegistry

/// What MLflow's clients read of a request that no endpoint sees.
extension HTTPResponse {
    private static let prefixes = ["/api/", "/ajax-api/", "/get-artifact", "/model-versions/"]

    /// - Parameter plain: the house's own answer, of which the status and the fields stay.
    static func trackingFault(_ target: RequestTarget, _ error: any Error, _ plain: HTTPResponse) -> HTTPResponse? {
        if target.path == TraceReceiver.path { return TraceReceiver.response(to: (error as? RequestFault)?.coding) }
        guard Self.prefixes.contains(where: target.path.hasPrefix), plain.status < 500 else { return nil }
        if error is MartletError, ArtifactRoutes.prefixes.contains(where: target.path.hasPrefix) {
            return TrackingFault(.invalidParameterValue, "Invalid path").response
        }
        let message = (error as? RequestFault)?.message ?? (error as? MartletError)?.message ?? "\(error)"
        let code: TrackingFault.Code = plain.status == 413 ? .requestLimitExceeded : .badRequest
        var answer = HTTPResponse.tracking(plain.status, TrackingFault(code, message).body)
        for name in ["accept-encoding", "connection"] { plain.headers[name].map { answer.headers[name] = $0 } }
        return answer
    }
}
