@echo off
rem Builds GoAround with a Maven that fits and passes every argument on to it, in the order that mvnw describes:
rem the pinned Maven if it is unpacked already, an installed one that is new enough, the pinned one downloaded.
setlocal EnableExtensions DisableDelayedExpansion
set "base=%~dp0"
if "%base:~-1%"=="\" set "base=%base:~0,-1%"
set "properties=%base%\.mvn\wrapper\maven-wrapper.properties"
if exist "%properties%" goto read
set "reason=%properties% is missing, restore it from version control."
goto fail

:read
for /f "usebackq tokens=1,* delims==" %%a in ("%properties%") do (
    if "%%a"=="distributionUrl" set "url=%%b"
    if "%%a"=="distributionSha512Sum" set "checksum=%%b"
    if "%%a"=="installedMinimum" set "minimum=%%b"
)
set "rest=%url%"
:name
for /f "tokens=1,* delims=/" %%a in ("%rest%") do (
    set "pinned=%%a"
    set "rest=%%b"
)
if defined rest goto name
set "pinned=%pinned:-bin.zip=%"

if not defined JAVA_HOME goto path
if exist "%JAVA_HOME%\bin\javac.exe" goto dists
set "reason=JAVA_HOME is %JAVA_HOME%, which holds no JDK (bin\javac.exe is missing)."
goto fail
:path
for %%a in (javac.exe) do if not "%%~$PATH:a"=="" goto dists
set "reason=found no JDK, install a JDK 17 or newer or point JAVA_HOME at one."
goto fail

:dists
set "user=%MAVEN_USER_HOME%"
if not defined user set "user=%USERPROFILE%\.m2"
set "dists=%user%\wrapper\dists"
call :unpacked
if defined mvn goto run

set "why=no Maven is installed"
set "launcher="
for %%a in (mvn.cmd mvn.bat) do if not defined launcher set "launcher=%%~$PATH:a"
if not defined launcher goto download
set "why=the installed Maven does not tell its version"
set "installed="
for /f "tokens=1-3" %%a in ('call "%launcher%" -v 2^>nul') do if "%%a %%b"=="Apache Maven" set "installed=%%c"
if not defined installed goto download
set "why=the installed Maven %installed% is older than %minimum%"
call :number have "%installed%"
call :number want "%minimum%"
if %have% lss %want% goto download
set "mvn=%launcher%"
goto run

:download
set "work=%dists%\%pinned%.%RANDOM%%RANDOM%"
set "archive=%work%\%pinned%-bin.zip"
mkdir "%work%" 2>nul
echo mvnw: %why%, downloading %url%>&2
set "reason=%url% could not be downloaded, so install Maven %minimum% or newer."
curl -fsSL --retry 2 -o "%archive%" "%url%"
if errorlevel 1 goto discard
set "actual="
for /f "skip=1 tokens=*" %%a in ('certutil -hashfile "%archive%" SHA512') do if not defined actual set "actual=%%a"
set "actual=%actual: =%"
set "reason=%url% has the SHA-512 %actual% instead of %checksum%, so it was thrown away."
if /i not "%actual%"=="%checksum%" goto discard
set "reason=%archive% could not be unpacked."
tar -xf "%archive%" -C "%work%"
if errorlevel 1 goto discard
if not exist "%dists%\%pinned%" mkdir "%dists%\%pinned%"
set "home=%dists%\%pinned%\%checksum:~0,12%"
if not exist "%home%" move "%work%\%pinned%" "%home%" >nul
rmdir /s /q "%work%"
call :unpacked
if defined mvn goto run
set "reason=%dists%\%pinned% holds no Maven although it was unpacked there, delete that folder and try again."
goto fail

:run
rem From another folder the project is still this one, unless the caller names another: the first -f wins.
if /i "%CD%"=="%base%" goto here
call "%mvn%" %* -f "%base%\pom.xml"
exit /b %ERRORLEVEL%
:here
call "%mvn%" %*
exit /b %ERRORLEVEL%

:unpacked
set "mvn="
for /f "delims=" %%d in ('dir /b /ad "%dists%\%pinned%" 2^>nul') do if exist "%dists%\%pinned%\%%d\bin\mvn.cmd" set "mvn=%dists%\%pinned%\%%d\bin\mvn.cmd"
for /f "delims=" %%d in ('dir /b /ad "%dists%\%pinned%-bin" 2^>nul') do if exist "%dists%\%pinned%-bin\%%d\%pinned%\bin\mvn.cmd" set "mvn=%dists%\%pinned%-bin\%%d\%pinned%\bin\mvn.cmd"
exit /b 0

rem Sets the variable %1 to the version %2 as one number, so that versions compare.
:number
for /f "tokens=1-3 delims=.-" %%a in (%2) do set /a "%1=%%a * 1000000 + %%b * 1000 + %%c"
exit /b 0

:discard
rmdir /s /q "%work%" 2>nul
:fail
setlocal EnableDelayedExpansion
echo mvnw: !reason!>&2
exit /b 1
