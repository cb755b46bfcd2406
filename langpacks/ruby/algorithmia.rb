# frozen_string_literal: true

require "base64"
require "json"
require "net/http"
require "uri"

# Calls other algorithms: `Algorithmia.client.algo("user/name").pipe(input).result`.
#
# Stands in for the gem of that name where a project does not bring it. ALGORITHMIA_API and ALGORITHMIA_API_KEY say where
# and as whom; an algorithm that runs here is given both.
module Algorithmia
  # What an algorithm that was called failed with.
  class AlgorithmException < StandardError
    attr_reader :error_type, :stacktrace

    def initialize(message, error_type = nil, stacktrace = nil)
      super(message)
      @error_type = error_type
      @stacktrace = stacktrace
    end
  end

  # The end of a call that went well.
  Response = Struct.new(:result, :metadata) do
    def content_type
      metadata["content_type"]
    end

    # Seconds.
    def duration
      metadata["duration"]
    end
  end

  # An algorithm to be called.
  class Algorithm
    def initialize(client, name)
      @client = client
      @path = name.delete_prefix("algo://").delete_prefix("/")
      @query = {}
    end

    # @param timeout [Integer] the longest time of the call, in seconds
    def set(options)
      @query = options
      self
    end

    # Calls it and waits. Raises AlgorithmException when it fails.
    def pipe(input)
      document = post(*encode(input))
      error = document["error"]
      raise AlgorithmException.new(error["message"], error["error_type"], error["stacktrace"]) if error

      metadata = document["metadata"]
      result = document["result"]
      result = Base64.decode64(result) if metadata["content_type"] == "binary"
      Response.new(result, metadata)
    end

    private

    def post(type, body)
      uri = URI("#{@client.address}/v1/algo/#{@path.split("/").map { |part| URI.encode_www_form_component(part) }.join("/")}")
      uri.query = URI.encode_www_form(@query) unless @query.empty?
      headers = { "Content-Type" => type, "Authorization" => "Simple #{@client.key}" }
      request = Net::HTTP::Post.new(uri, headers)
      request.body = body
      response = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https", read_timeout: nil) do |http|
        http.request(request)
      end
      JSON.parse(response.body)
    rescue JSON::ParserError
      raise AlgorithmException, "#{uri} answered #{response.code}: #{response.body.to_s[0, 200]}"
    rescue SystemCallError, SocketError => e
      raise AlgorithmException, "#{uri} was not reached: #{e.message}"
    end

    def encode(input)
      return ["application/json", JSON.generate(input)] unless input.is_a?(String)
      return ["application/octet-stream", input] if input.encoding == Encoding::BINARY

      ["text/plain", input.encode("UTF-8")]
    end
  end

  # Where algorithms are called, and as whom.
  class Client
    attr_reader :key, :address

    def initialize(key, address)
      @key = key || ENV.fetch("ALGORITHMIA_API_KEY", "")
      where = address || ENV["ALGORITHMIA_API"]
      raise AlgorithmException, "Nobody says where algorithms are called: set ALGORITHMIA_API to the gateway" unless where

      @address = where.chomp("/")
    end

    def algo(name)
      Algorithm.new(self, name)
    end
  end

  # A client with what is given, else with what the environment says.
  def self.client(key = nil, address = nil)
    Client.new(key, address)
  end

  # An algorithm of the client that the environment describes.
  def self.algo(name)
    client.algo(name)
  end
end
