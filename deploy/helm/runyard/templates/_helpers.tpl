{{- define "runyard.labels" -}}
app.kubernetes.io/name: runyard
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- with .runner }}
runyard/runner: {{ . }}
{{- end }}
{{- end }}

{{- define "runyard.image" -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "runyard.discoveryUrl" -}}
http://{{ .Release.Name }}-discovery:5099
{{- end }}

{{/* What every Pod has in common, above its containers. */}}
{{- define "runyard.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ add .Values.drainSeconds 30 }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What every container has in common. The first signal drains; before it, those who still have the address get time to hear. */}}
{{- define "runyard.container" -}}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
ports:
  - { name: http, containerPort: {{ .port }} }
startupProbe:
  httpGet: { path: /live, port: http }
  periodSeconds: 5
  # Broker and database may come up later than this.
  failureThreshold: 120
readinessProbe:
  httpGet: { path: /health, port: http }
  periodSeconds: 5
  timeoutSeconds: 4
livenessProbe:
  httpGet: { path: /live, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
lifecycle:
  preStop:
    exec: { command: [sleep, '5'] }
{{- end }}

{{- define "runyard.volumes" -}}
volumes:
  - { name: tmp, emptyDir: {} }
  - { name: data, emptyDir: {} }
{{- end }}

{{- define "runyard.mounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: data, mountPath: /data }
{{- end }}

{{- define "runyard.env" -}}
- { name: RUNYARD_DISCOVERY_URLS, value: {{ include "runyard.discoveryUrl" .root | quote }} }
{{- with .root.Values.otlpEndpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Where tasks wait and are kept. */}}
{{- define "runyard.stateEnv" -}}
- { name: RUNYARD_QUEUE_PREFIX, value: {{ .Values.queuePrefix | quote }} }
- name: RUNYARD_QUEUE_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.secretName }}, key: queue-url } }
- name: RUNYARD_STORE_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.secretName }}, key: store-url } }
{{- end }}

{{- define "runyard.scrape" -}}
prometheus.io/scrape: 'true'
prometheus.io/path: /metrics
prometheus.io/port: {{ . | quote }}
{{- end }}
